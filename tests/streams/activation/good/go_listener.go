/* A goroutine for each client of a listener that exists. It reads and writes, since io.Copy from TCP
 * to TCP ends at an urgent byte (splice).
 *
 * Style: Go, net.FileListener
 * Profile: concurrent
 */
package main

import (
	"log"
	"net"
	"os"
	"time"
)

func main() {
	listener, err := net.FileListener(os.NewFile(3, os.Getenv("LISTEN_FDNAMES")))
	if err != nil {
		log.Fatal(err)
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		go func() {
			defer conn.Close()
			buffer := make([]byte, 16384)
			for {
				count, err := conn.Read(buffer)
				if err != nil {
					return
				}
				if _, err = conn.Write(buffer[:count]); err != nil {
					return
				}
			}
		}()
	}
}
