// Bug: a buffer goes back to the pool when it has been handed to the writer, not when it has been
// sent, so the next read overwrites what still waits.
//
// Cause: buffer-overwritten
// Also: shared-buffer
// Profile: concurrent
// Port: $PORT
package main

import (
	"context"
	"log"
	"net"
	"os"
	"sync"
	"time"
)

const size = 4500

var pool = sync.Pool{New: func() any { return new([size]byte) }}

type session struct {
	net.Conn
	out  chan []byte
	done chan struct{}
}

func newSession(c net.Conn) *session {
	return &session{Conn: c, out: make(chan []byte, 6), done: make(chan struct{})}
}

func (s *session) writeLoop() {
	defer close(s.done)
	failed := false
	for b := range s.out {
		if failed {
			continue
		}
		if _, err := s.Write(b); err != nil {
			failed = true
			s.Close()
		}
	}
}

func (s *session) readLoop() {
	for s.readOne() == nil {
	}
	close(s.out)
	<-s.done
	s.Close()
}

func (s *session) readOne() error {
	buf := pool.Get().(*[size]byte)
	defer pool.Put(buf)
	n, err := s.Read(buf[:])
	if err != nil {
		return err
	}
	s.out <- buf[:n]
	return nil
}

func main() {
	var lc net.ListenConfig
	address := net.JoinHostPort("127.0.0.1", os.Getenv("PORT"))
	ln, err := lc.Listen(context.Background(), "tcp4", address)
	if err != nil {
		log.Fatal(err)
	}
	for {
		conn, err := ln.Accept()
		if err != nil {
			time.Sleep(70 * time.Millisecond)
			continue
		}
		s := newSession(conn)
		go s.writeLoop()
		go s.readLoop()
	}
}
