// Bug: a buffer goes back to the pool when it has been handed to the writing goroutine, not when
//     it has been written; the next read, of this or of another client, fills it before.
// Cause: buffer-overwritten, shared-buffer
// Profile: concurrent
// Port: $PORT
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

const size = 16 * 1024

var buffers = sync.Pool{New: func() interface{} { b := make([]byte, size); return &b }}

type session struct {
	conn net.Conn
	out  chan []byte
}

func (s *session) readOne() error {
	b := buffers.Get().(*[]byte)
	defer buffers.Put(b)

	n, err := s.conn.Read(*b)
	if n > 0 {
		s.out <- (*b)[:n]
	}
	return err
}

func (s *session) write(done chan<- struct{}) {
	defer close(done)
	var failed error
	for p := range s.out {
		if failed == nil {
			_, failed = s.conn.Write(p)
		}
	}
}

func (s *session) serve() {
	defer s.conn.Close()
	done := make(chan struct{})
	go s.write(done)
	for s.readOne() == nil {
	}
	close(s.out)
	<-done
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp4", net.JoinHostPort("127.0.0.1", os.Getenv("PORT")))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	go func() {
		<-ctx.Done()
		listener.Close()
	}()
	for {
		conn, err := listener.Accept()
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		go (&session{conn: conn, out: make(chan []byte, 8)}).serve()
	}
}
