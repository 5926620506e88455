// Bug: `conn` is declared before the accept loop, and the goroutine of each client is a closure
//     over it. When the next client comes, the goroutines of the earlier ones read from and write
//     to its connection.
// Cause: shared-loop-variable
// Also: shared-buffer
// Profile: concurrent
// Port: $PORT
package main

import (
	"fmt"
	"net"
	"os"
	"time"
)

func main() {
	var (
		conn     net.Conn
		listener net.Listener
		err      error
	)

	port := os.Getenv("PORT")
	listener, err = net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		fmt.Fprintln(os.Stderr, "Error listening:", err.Error())
		os.Exit(1)
	}
	// Close the listener when the application closes.
	defer listener.Close()
	fmt.Println("Listening on port", port)

	for {
		// Listen for an incoming connection.
		conn, err = listener.Accept()
		if err != nil {
			time.Sleep(10 * time.Millisecond)
			continue
		}

		// Handle connections in a new goroutine.
		go func() {
			defer func() { conn.Close() }()
			buf := make([]byte, 8192)
			for {
				n, rerr := conn.Read(buf)
				if n > 0 {
					if _, werr := conn.Write(buf[:n]); werr != nil {
						return
					}
				}
				if rerr != nil {
					return
				}
			}
		}()
	}
}
