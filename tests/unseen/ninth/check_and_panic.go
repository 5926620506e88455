// Bug: every error goes to a helper that panics, also the one that a client causes by breaking
//     off its connection; the whole server ends.
// Cause: crash-on-reset, client-error-ends-server
// Also: killed-by-sigpipe, crash
// Profile: sequential
// Port: $PORT
package main

import (
	"io"
	"net"
	"os"
	"time"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func handleRequest(conn net.Conn) {
	defer conn.Close()
	buffer := make([]byte, 2048)
	for {
		length, err := conn.Read(buffer)
		if err == io.EOF {
			return
		}
		check(err)
		_, err = conn.Write(buffer[:length])
		check(err)
	}
}

func main() {
	port := os.Getenv("PORT")
	if port == "" {
		port = "9000"
	}
	server, err := net.Listen("tcp", "127.0.0.1:"+port)
	check(err)
	defer server.Close()

	for {
		conn, err := server.Accept()
		if err != nil {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		handleRequest(conn)
	}
}
