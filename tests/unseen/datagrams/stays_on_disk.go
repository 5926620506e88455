// Bug: the socket's file is not removed, neither at the end nor before bind(), so a second start
//     fails
// Cause: stale-socket-file
// Profile: concurrent
// Transport: unix
// Port: $SOCKET_PATH
package main

import (
	"io"
	"log"
	"net"
	"os"
)

func main() {
	path := os.Getenv("SOCKET_PATH")
	listener, err := net.Listen("unix", path)
	if err != nil {
		log.Fatal(err)
	}
	defer listener.Close()
	for {
		conn, err := listener.Accept()
		if err != nil {
			log.Print(err)
			continue
		}
		go func() {
			defer conn.Close()
			if _, err := io.Copy(conn, conn); err != nil {
				log.Print(err)
			}
		}()
	}
}
