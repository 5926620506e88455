// Bug: `defer conn.Close()` stands in the accept loop of main and not in a function for each
//     client, so no connection is closed before the program ends: the client has all its bytes and
//     waits for the end.
// Cause: never-closes, descriptor-leak
// Profile: sequential
// Port: $PORT
package main

import (
	"errors"
	"io"
	"log"
	"net"
	"os"
	"time"
)

func main() {
	log.SetOutput(os.Stdout)
	port := os.Getenv("PORT")
	if port == "" {
		port = "7000"
	}
	ln, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		log.Fatalf("listen: %v", err)
	}
	defer ln.Close()
	log.Printf("echo: %s", ln.Addr())

	buf := make([]byte, 32*1024)
	for {
		conn, err := ln.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			time.Sleep(50 * time.Millisecond)
			continue
		}
		defer conn.Close()

		for {
			n, err := conn.Read(buf)
			if n > 0 {
				if _, werr := conn.Write(buf[:n]); werr != nil {
					break
				}
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				log.Printf("%s: %v", conn.RemoteAddr(), err)
				break
			}
		}
	}
}
