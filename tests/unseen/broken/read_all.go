/*
Bug: io.ReadAll reads to the end of the stream, so the client gets nothing before it has ended.
Cause: waits-for-end
Caught by: chunking/prompt
Profile: concurrent
Port: $PORT
*/

package main

import (
	"io"
	"log"
	"net"
	"os"
	"time"
)

type server struct {
	listener net.Listener
	logger   *log.Logger
}

func (s *server) handle(conn net.Conn) {
	defer conn.Close()
	body, err := io.ReadAll(conn)
	if err != nil {
		s.logger.Printf("read: %v", err)
		return
	}
	if _, err := conn.Write(body); err != nil {
		s.logger.Printf("write: %v", err)
	}
}

func (s *server) serve() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			s.logger.Printf("accept: %v", err)
			time.Sleep(100 * time.Millisecond)
			continue
		}
		go s.handle(conn)
	}
}

func main() {
	logger := log.New(os.Stderr, "echo ", log.LstdFlags)
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", os.Getenv("PORT")))
	if err != nil {
		logger.Fatal(err)
	}
	(&server{listener, logger}).serve()
}
