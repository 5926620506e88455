/*
 * Bug: `defer conn.Close()` stands in the accept loop of main, and what is deferred is done when main
 *     returns, which it never does: no connection is ever closed.
 * Cause: never-closes, descriptor-leak
 * Profile: concurrent
 * Port: $PORT
 */
package main

import (
	"fmt"
	"net"
	"os"
	"time"
)

func handle(conn net.Conn) {
	buf := make([]byte, 8*1024)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		if _, err := conn.Write(buf[:n]); err != nil {
			return
		}
	}
}

func main() {
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		fmt.Println("Error listening:", err)
		os.Exit(1)
	}
	defer listener.Close()
	fmt.Println("Listening on", listener.Addr())

	for {
		conn, err := listener.Accept()
		if err != nil {
			fmt.Println("Error accepting:", err)
			time.Sleep(50 * time.Millisecond)
			continue
		}
		defer conn.Close()

		go handle(conn)
	}
}
