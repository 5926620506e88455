// Bug: a session that ends with an error is closed with a linger time of zero, and the client's
//     orderly end arrives as the error io.EOF, too; so every connection ends with a reset.
// Cause: reset-instead-of-fin
// Also: pending-dropped-at-end
// Profile: concurrent
// Port: $PORT
package main

import (
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"time"
)

type Server struct {
	listener *net.TCPListener
	active   int64
	aborted  int64
}

func New(addr string) (*Server, error) {
	a, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		return nil, err
	}
	l, err := net.ListenTCP("tcp", a)
	if err != nil {
		return nil, err
	}
	return &Server{listener: l}, nil
}

func (s *Server) Serve() {
	for {
		conn, err := s.listener.AcceptTCP()
		if err != nil {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		go s.session(conn)
	}
}

func (s *Server) session(conn *net.TCPConn) (err error) {
	atomic.AddInt64(&s.active, 1)
	defer func() {
		atomic.AddInt64(&s.active, -1)
		if err != nil {
			// no TIME_WAIT for peers that misbehave
			atomic.AddInt64(&s.aborted, 1)
			conn.SetLinger(0)
		}
		conn.Close()
	}()

	buf := make([]byte, 16*1024)
	var n int
	for {
		n, err = conn.Read(buf)
		if n > 0 {
			if _, werr := conn.Write(buf[:n]); werr != nil {
				return werr
			}
		}
		if err != nil {
			return err
		}
	}
}

func main() {
	s, err := New("127.0.0.1:" + os.Getenv("PORT"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "echo:", err)
		os.Exit(1)
	}
	s.Serve()
}
