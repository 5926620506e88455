// Bug: every error of Accept() is given to log.Fatal. With more clients than the process may have
//     descriptors Accept reports EMFILE, and the server exits with all its clients.
// Cause: descriptor-famine
// Also: accept-error-ends
// Beside: urgent-data
// Profile: concurrent
// Port: $PORT
package main

import (
	"io"
	"log"
	"net"
	"os"
)

func echo(c net.Conn) {
	defer c.Close()
	// io.Copy stops at the end of the client's side, or at an error.
	if _, err := io.Copy(c, c); err != nil {
		return
	}
}

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		log.Fatal(err)
	}
	defer l.Close()
	for {
		// Wait for a connection.
		conn, err := l.Accept()
		if err != nil {
			log.Fatal(err)
		}
		// Handle the connection in a new goroutine. The loop then
		// returns to accepting, so that multiple connections may be
		// served concurrently.
		go echo(conn)
	}
}
