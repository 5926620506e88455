// Bug: SO_LINGER is set to 0 to avoid TIME_WAIT, so Close() ends each connection with a reset, and
//     what has not reached the client yet is thrown away.
// Cause: reset-instead-of-fin
// Caught by: shutdown/orderly
// Profile: concurrent
// Port: $PORT
package main

import (
	"io"
	"log"
	"net"
	"os"
	"strconv"
	"time"
)

type server struct {
	ln *net.TCPListener
}

func (s *server) serve() {
	for {
		conn, err := s.ln.AcceptTCP()
		if err != nil {
			log.Printf("accept: %v", err)
			time.Sleep(80 * time.Millisecond)
			continue
		}
		// Under load thousands of sockets stay in TIME_WAIT otherwise.
		conn.SetLinger(0)
		go s.echo(conn)
	}
}

func (s *server) echo(conn *net.TCPConn) {
	defer conn.Close()
	if _, err := io.Copy(conn, conn); err != nil {
		log.Printf("echo: %v", err)
	}
}

func main() {
	port, err := strconv.Atoi(os.Getenv("PORT"))
	if err != nil {
		log.Fatal(err)
	}
	ln, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	if err != nil {
		log.Fatal(err)
	}
	(&server{ln: ln}).serve()
}
