// Bug: each connection has a goroutine that ranges over the channel of a ticker. Stop() does not close
//     the channel, so the goroutine never ends, and with it its connection stays in memory.
// Cause: thread-leak, memory-leak
// Profile: concurrent
// Port: $PORT
package main

import (
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

const (
	bufferSize = 64 << 10
	interval   = 500 * time.Millisecond
)

// Gauge keeps the throughput of all connections, smoothed.
type Gauge struct {
	mu   sync.Mutex
	rate float64
}

// Observe takes what one connection has moved in one interval.
func (g *Gauge) Observe(bytes int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.rate = 0.9*g.rate + 0.1*float64(bytes)/interval.Seconds()
}

// session is one client.
type session struct {
	conn   net.Conn
	gauge  *Gauge
	moved  int64
	buffer [bufferSize]byte
}

func (s *session) measure(ticker *time.Ticker) {
	for range ticker.C {
		s.gauge.Observe(atomic.SwapInt64(&s.moved, 0))
	}
}

func (s *session) serve() {
	defer s.conn.Close()
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	go s.measure(ticker)
	for {
		n, err := s.conn.Read(s.buffer[:])
		if n > 0 {
			if _, werr := s.conn.Write(s.buffer[:n]); werr != nil {
				return
			}
			atomic.AddInt64(&s.moved, int64(n))
		}
		if err != nil {
			return
		}
	}
}

// Server accepts sessions and measures them.
type Server struct {
	Addr  string
	gauge Gauge
}

// ListenAndServe returns only when it cannot listen.
func (srv *Server) ListenAndServe() error {
	listener, err := net.Listen("tcp", srv.Addr)
	if err != nil {
		return err
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		go (&session{conn: conn, gauge: &srv.gauge}).serve()
	}
}

func main() {
	server := &Server{Addr: "127.0.0.1:" + os.Getenv("PORT")}
	if err := server.ListenAndServe(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
