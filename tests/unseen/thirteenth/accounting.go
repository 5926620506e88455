// Bug: the mutex of the totals is locked after each read, and the return at a read error (other
//     than the end) does not unlock it: after the first client that resets its connection nobody is
//     answered any more.
// Cause: lock-kept
// Profile: concurrent
// Port: $PORT
package main

import (
	"flag"
	"io"
	"log"
	"net"
	"os"
	"sync"
	"time"
)

// Totals counts what the whole server has done.
type Totals struct {
	mu      sync.Mutex
	reads   uint64
	bytes   uint64
	clients uint64
}

// Server echoes what its clients send.
type Server struct {
	log    *log.Logger
	totals Totals
}

func (s *Server) serve(conn net.Conn) {
	defer conn.Close()
	buf := make([]byte, 16*1024)
	for {
		n, err := conn.Read(buf)

		s.totals.mu.Lock()
		if err == io.EOF {
			s.totals.clients++
			s.totals.mu.Unlock()
			return
		}
		if err != nil {
			s.log.Printf("read from %s: %v", conn.RemoteAddr(), err)
			return
		}
		s.totals.reads++
		s.totals.bytes += uint64(n)
		s.totals.mu.Unlock()

		if _, err := conn.Write(buf[:n]); err != nil {
			s.log.Printf("write to %s: %v", conn.RemoteAddr(), err)
			return
		}
	}
}

func (s *Server) run(addr string) error {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	s.log.Printf("listening on %s", ln.Addr())
	for {
		conn, err := ln.Accept()
		if err != nil {
			s.log.Printf("accept: %v", err)
			time.Sleep(50 * time.Millisecond)
			continue
		}
		go s.serve(conn)
	}
}

func main() {
	addr := flag.String("addr", "127.0.0.1:"+os.Getenv("PORT"), "address to listen on")
	flag.Parse()
	s := &Server{log: log.New(os.Stdout, "", log.LstdFlags|log.Lmicroseconds)}
	if err := s.run(*addr); err != nil {
		s.log.Fatal(err)
	}
}
