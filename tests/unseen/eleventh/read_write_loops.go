// Bug: when writing fails the loop that writes returns, and the loop that reads waits for ever for
//     room in the channel: the goroutine stays, and the connection is never closed
// Cause: descriptor-leak, thread-leak
// Also: memory-leak, descriptor-famine
// Profile: concurrent
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

const (
	chunkSize = 16 * 1024
	queueSize = 8
)

type session struct {
	conn  net.Conn
	queue chan []byte
	done  chan struct{}
}

func newSession(conn net.Conn) *session {
	return &session{
		conn:  conn,
		queue: make(chan []byte, queueSize),
		done:  make(chan struct{}),
	}
}

func (s *session) run() {
	defer s.conn.Close()
	go s.writeLoop()
	s.readLoop()
	close(s.queue)
	<-s.done
}

func (s *session) readLoop() {
	for {
		chunk := make([]byte, chunkSize)
		n, err := s.conn.Read(chunk)
		if n > 0 {
			s.queue <- chunk[:n]
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				log.Printf("%s: read: %v", s.conn.RemoteAddr(), err)
			}
			return
		}
	}
}

func (s *session) writeLoop() {
	defer close(s.done)
	for chunk := range s.queue {
		if _, err := s.conn.Write(chunk); err != nil {
			log.Printf("%s: write: %v", s.conn.RemoteAddr(), err)
			return
		}
	}
}

func main() {
	log.SetOutput(io.Discard)
	if os.Getenv("VERBOSE") != "" {
		log.SetOutput(os.Stdout)
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", os.Getenv("PORT")))
	if err != nil {
		log.Fatal(err)
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			log.Printf("accept: %v", err)
			time.Sleep(20 * time.Millisecond)
			continue
		}
		go newSession(conn).run()
	}
}
