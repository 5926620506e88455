// Bug: the listener gives out at most 256 connections at a time; further clients are not accepted
//     until another one goes.
// Cause: connection-limit
// Profile: concurrent
// Port: $PORT
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// limitListener works as the one of golang.org/x/net/netutil.
type limitListener struct {
	net.Listener
	slots chan struct{}
}

type limitConn struct {
	*net.TCPConn
	once  sync.Once
	slots chan struct{}
}

func newLimitListener(l net.Listener, n int) *limitListener {
	return &limitListener{Listener: l, slots: make(chan struct{}, n)}
}

func (l *limitListener) Accept() (net.Conn, error) {
	l.slots <- struct{}{}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
		return nil, err
	}
	return &limitConn{TCPConn: c.(*net.TCPConn), slots: l.slots}, nil
}

func (c *limitConn) Close() error {
	err := c.TCPConn.Close()
	c.once.Do(func() { <-c.slots })
	return err
}

// Server echoes until its context is done.
type Server struct {
	Addr           string
	MaxConnections int
	GracePeriod    time.Duration

	mu    sync.Mutex
	conns map[net.Conn]struct{}
	wg    sync.WaitGroup
}

func (s *Server) track(c net.Conn, add bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if add {
		s.conns[c] = struct{}{}
	} else {
		delete(s.conns, c)
	}
}

func (s *Server) serve(c net.Conn) {
	defer s.wg.Done()
	defer s.track(c, false)
	defer c.Close()
	buf := make([]byte, 32<<10)
	_, _ = io.CopyBuffer(struct{ io.Writer }{c}, struct{ io.Reader }{c}, buf)
}

func (s *Server) Run(ctx context.Context) error {
	inner, err := net.Listen("tcp", s.Addr)
	if err != nil {
		return err
	}
	ln := newLimitListener(inner, s.MaxConnections)
	finished := make(chan struct{})
	go func() {
		<-ctx.Done()
		inner.Close()
		s.stop()
		close(finished)
	}()
	for {
		c, err := ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			<-finished
			return nil
		}
		if err != nil {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		s.track(c, true)
		s.wg.Add(1)
		go s.serve(c)
	}
}

// stop lets the sessions finish what they are doing, for a while, and then closes them.
func (s *Server) stop() {
	s.mu.Lock()
	for c := range s.conns {
		_ = c.SetReadDeadline(time.Now())
	}
	s.mu.Unlock()
	time.AfterFunc(s.GracePeriod, func() { os.Exit(0) })
	s.wg.Wait()
}

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer cancel()
	s := &Server{
		Addr:           "127.0.0.1:" + os.Getenv("PORT"),
		MaxConnections: 256,
		GracePeriod:    time.Second,
		conns:          map[net.Conn]struct{}{},
	}
	if err := s.Run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "echo:", err)
		os.Exit(1)
	}
}
