/* A goroutine for each client, and io.Copy.
 *
 * Style: Go, net.Listen("unix")
 * Profile: concurrent
 */
package main

import (
	"io"
	"log"
	"net"
	"os"
	"time"
)

func main() {
	path := os.Getenv("SOCKET_PATH")
	os.Remove(path)
	listener, err := net.Listen("unix", path)
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
			io.Copy(conn, conn)
		}()
	}
}
