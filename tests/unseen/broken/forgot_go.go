/*
Bug: handle(conn) is called without "go", so a client is served when the one before has left.
Cause: one-at-a-time
Caught by: sessions/simultaneous
Profile: concurrent
Port: 24004
*/

package main

import (
	"fmt"
	"io"
	"net"
	"time"
)

// plain hides ReadFrom, so that io.Copy reads and writes in the ordinary way.
type plain struct{ io.Writer }

func handle(conn net.Conn) {
	defer conn.Close()
	written, err := io.Copy(plain{conn}, conn)
	fmt.Println(conn.RemoteAddr(), written, err)
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:24004")
	if err != nil {
		panic(err)
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			fmt.Println("accept:", err)
			time.Sleep(100 * time.Millisecond)
			continue
		}
		handle(conn)
	}
}
