// Bug: all 1024 bytes of the buffer are written, however many were read.
// Cause: stale-buffer
// Caught by: identity/one-byte
// Profile: concurrent
// Port: 3333
package main

import (
	"fmt"
	"net"
	"os"
	"time"
)

const (
	connHost = "127.0.0.1"
	connPort = "3333"
)

func handleRequest(conn net.Conn) {
	defer conn.Close()
	buf := make([]byte, 1024)
	for {
		_, err := conn.Read(buf)
		if err != nil {
			return
		}
		if _, err = conn.Write(buf); err != nil {
			return
		}
	}
}

func main() {
	l, err := net.Listen("tcp", connHost+":"+connPort)
	if err != nil {
		fmt.Println("Error listening:", err.Error())
		os.Exit(1)
	}
	for {
		conn, err := l.Accept()
		if err != nil {
			fmt.Println("Error accepting:", err.Error())
			time.Sleep(50 * time.Millisecond)
			continue
		}
		go handleRequest(conn)
	}
}
