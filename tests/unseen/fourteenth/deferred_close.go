// Bug: defer conn.Close() stands in the accept loop of a function that never returns, so no
//     connection is ever closed.
// Cause: never-closes
// Also: descriptor-leak, copy-kept-open
// Profile: concurrent
// Port: $PORT
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

func echo(conn net.Conn) {
	io.Copy(conn, conn)
}

func main() {
	port := os.Getenv("PORT")
	if port == "" {
		port = "7777"
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		fmt.Println("Error listening:", err.Error())
		os.Exit(1)
	}
	defer listener.Close()
	fmt.Println("Listening on port " + port)

	for {
		conn, err := listener.Accept()
		if err != nil {
			fmt.Println("Error accepting:", err.Error())
			time.Sleep(100 * time.Millisecond)
			continue
		}
		defer conn.Close()

		go echo(conn)
	}
}
