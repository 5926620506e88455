// Bug: when an error ends a connection its buffer is put back into the free list twice (once by
//     fail(), once by defer), so two later connections get the same buffer; seen when one of them
//     is slow to read.
// Cause: shared-buffer
// Profile: concurrent
// Port: $PORT
package main

import (
	"errors"
	"io"
	"log"
	"net"
	"os"
	"sync"
	"time"
)

// freeList keeps buffers of connections that have ended, for those that come; the warmest is taken first.
type freeList struct {
	mu   sync.Mutex
	bufs [][]byte
}

func (l *freeList) get() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := len(l.bufs) - 1
	if last < 0 {
		return make([]byte, 24*1024)
	}
	buf := l.bufs[last]
	l.bufs = l.bufs[:last]
	return buf
}

func (l *freeList) put(buf []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.bufs) < 50 {
		l.bufs = append(l.bufs, buf)
	}
}

type server struct {
	buffers freeList
	log     *log.Logger
}

// fail gives back what the connection holds, and says why.
func (s *server) fail(conn net.Conn, buf []byte, what string, err error) {
	s.log.Printf("%v: %s: %v", conn.RemoteAddr(), what, err)
	s.buffers.put(buf)
	conn.Close()
}

func (s *server) handle(conn net.Conn) {
	defer conn.Close()
	buf := s.buffers.get()
	defer s.buffers.put(buf)

	for {
		n, err := conn.Read(buf)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			s.fail(conn, buf, "read", err)
			return
		}
		if _, err := conn.Write(buf[:n]); err != nil {
			s.fail(conn, buf, "write", err)
			return
		}
	}
}

func main() {
	s := &server{log: log.New(os.Stderr, "echo ", log.Ltime)}
	ln, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", os.Getenv("PORT")))
	if err != nil {
		s.log.Fatal(err)
	}
	for {
		conn, err := ln.Accept()
		if err != nil {
			s.log.Print(err)
			time.Sleep(50 * time.Millisecond)
			continue
		}
		go s.handle(conn)
	}
}
