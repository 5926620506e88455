// Bug: Close is never called: the reader returns at the end, and the connection stays open.
// Cause: never-closes
// Also: descriptor-leak
// Beside: memory-leak
// Caught by: shutdown/after-echo
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

type Server struct {
	mu    sync.Mutex
	conns map[string]net.Conn
}

func (s *Server) track(c net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns[c.RemoteAddr().String()] = c
}

func (s *Server) serve(c net.Conn) {
	buf := make([]byte, 32*1024)
	for {
		n, err := c.Read(buf)
		if n > 0 {
			if _, werr := c.Write(buf[:n]); werr != nil {
				return
			}
		}
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			log.Printf("read: %v", err)
			return
		}
	}
}

func main() {
	s := &Server{conns: map[string]net.Conn{}}
	ln, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", os.Getenv("PORT")))
	if err != nil {
		log.Fatalln(err)
	}
	for {
		c, err := ln.Accept()
		if err != nil {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		s.track(c)
		go s.serve(c)
	}
}
