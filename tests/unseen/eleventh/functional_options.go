// Bug: each write has a time limit of two seconds, so a client that does not read for longer than
//     that is disconnected
// Cause: gives-up-on-slow-reader
// Also: stalled-output-dropped
// Profile: concurrent
// Port: $PORT
package main

import (
	"fmt"
	"net"
	"os"
	"time"
)

type Server struct {
	addr         string
	bufferSize   int
	writeTimeout time.Duration
	keepAlive    time.Duration
}

type Option func(*Server)

func WithBufferSize(n int) Option {
	return func(s *Server) { s.bufferSize = n }
}

func WithWriteTimeout(d time.Duration) Option {
	return func(s *Server) { s.writeTimeout = d }
}

func WithKeepAlive(d time.Duration) Option {
	return func(s *Server) { s.keepAlive = d }
}

func NewServer(addr string, options ...Option) *Server {
	s := &Server{addr: addr, bufferSize: 4096}
	for _, option := range options {
		option(s)
	}
	return s
}

func (s *Server) ListenAndServe() error {
	l, err := net.Listen("tcp", s.addr)
	if err != nil {
		return err
	}
	defer l.Close()
	for {
		c, err := l.Accept()
		if err != nil {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		go s.serve(c.(*net.TCPConn))
	}
}

func (s *Server) serve(c *net.TCPConn) {
	defer c.Close()
	if s.keepAlive > 0 {
		_ = c.SetKeepAlive(true)
		_ = c.SetKeepAlivePeriod(s.keepAlive)
	}
	buf := make([]byte, s.bufferSize)
	for {
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		if s.writeTimeout > 0 {
			if err := c.SetWriteDeadline(time.Now().Add(s.writeTimeout)); err != nil {
				return
			}
		}
		if _, err := c.Write(buf[:n]); err != nil {
			return
		}
	}
}

func main() {
	server := NewServer(
		"127.0.0.1:"+os.Getenv("PORT"),
		WithBufferSize(32*1024),
		WithWriteTimeout(2*time.Second),
		WithKeepAlive(time.Minute),
	)
	if err := server.ListenAndServe(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
