/* It reads once for each connection, answers, and closes.
 *
 * Clause: chunking/one-write-many-reads
 * Trigger: more than a buffer on one connection
 * Profile: concurrent
 * Grade: obvious
 * Cause: single-read
 */
package main

import (
	"log"
	"net"
	"os"
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
			continue
		}
		go func() {
			defer conn.Close()
			buffer := make([]byte, 1024)
			if count, err := conn.Read(buffer); err == nil {
				conn.Write(buffer[:count])
			}
		}()
	}
}
