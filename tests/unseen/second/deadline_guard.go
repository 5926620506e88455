// Bug: the deadline, meant for idle clients, is set once when the client comes and never moved,
// so every connection ends after three seconds, also a busy one.
//
// Cause: time-limit
// Also: idle-timeout
// Profile: concurrent
// Port: 24655
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
	address     = "127.0.0.1:24655"
	idleTimeout = 3 * time.Second
	bufferSize  = 7 * 1024
)

type server struct {
	log *log.Logger
}

func (s *server) serve(conn net.Conn) {
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(idleTimeout)); err != nil {
		return
	}
	err := s.copy(conn)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		s.log.Printf("%v: idle for too long", conn.RemoteAddr())
	case err != nil && err != io.EOF:
		s.log.Printf("%v: %v", conn.RemoteAddr(), err)
	}
}

func (s *server) copy(conn net.Conn) error {
	buf := make([]byte, bufferSize)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return err
		}
		if _, err = conn.Write(buf[:n]); err != nil {
			return err
		}
	}
}

func main() {
	s := &server{log: log.New(os.Stderr, "echo: ", log.LstdFlags)}
	ln, err := net.Listen("tcp", address)
	if err != nil {
		s.log.Fatal(err)
	}
	for {
		conn, err := ln.Accept()
		if err != nil {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		go s.serve(conn)
	}
}
