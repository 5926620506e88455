// Bug: io.ReadFull waits until 700 bytes are there, so a shorter message is answered only when
// more has come or the client has ended.
//
// Cause: waits-for-full-buffer
// Also: fixed-message-size
// Profile: one-shot
// Port: $PORT
package main

import (
	"fmt"
	"io"
	"net"
	"os"
)

func check(err error) {
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	check(err)
	fmt.Println("waiting for one client")
	conn, err := listener.Accept()
	check(err)
	listener.Close()

	var buffer [700]byte
	for {
		n, readErr := io.ReadFull(conn, buffer[:])
		if n > 0 {
			if _, err := conn.Write(buffer[:n]); err != nil {
				break
			}
		}
		if readErr != nil {
			break
		}
	}
	conn.Close()
}
