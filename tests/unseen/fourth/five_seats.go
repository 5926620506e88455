// Bug: a semaphore of five is taken before a client is accepted, so the sixth client at a time gets
//     no answer until one of the five has left.
// Cause: connection-limit
// Caught by: sessions/simultaneous
// Profile: concurrent
// Port: $PORT
package main

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"os"
	"time"
)

type Server struct {
	listener net.Listener
	seats    chan struct{}
}

func NewServer(addr string, seats int) (*Server, error) {
	var config net.ListenConfig
	listener, err := config.Listen(context.Background(), "tcp", addr)
	if err != nil {
		return nil, err
	}
	return &Server{listener: listener, seats: make(chan struct{}, seats)}, nil
}

func (s *Server) Serve() {
	for {
		s.seats <- struct{}{}
		conn, err := s.listener.Accept()
		if err != nil {
			<-s.seats
			log.Println("accept:", err)
			time.Sleep(100 * time.Millisecond)
			continue
		}
		go s.handle(conn)
	}
}

func (s *Server) handle(conn net.Conn) {
	defer func() {
		conn.Close()
		<-s.seats
	}()
	buffer := make([]byte, 32*1024)
	for {
		n, err := conn.Read(buffer)
		if n > 0 {
			if _, werr := conn.Write(buffer[:n]); werr != nil {
				return
			}
		}
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			log.Println("read:", err)
			return
		}
	}
}

func main() {
	server, err := NewServer(net.JoinHostPort("127.0.0.1", os.Getenv("PORT")), 5)
	if err != nil {
		log.Println("listen:", err)
		os.Exit(1)
	}
	server.Serve()
}
