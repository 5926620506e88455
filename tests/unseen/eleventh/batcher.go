// Bug: the batch that is written shares its memory with the one that is filled meanwhile.
// Cause: buffer-overwritten
// Also: stale-buffer
// Beside: spins-at-accept
// Profile: concurrent
// Port: $PORT
package main

import (
	"fmt"
	"net"
	"os"
	"sync"
)

const maxPending = 256 * 1024

// Batcher collects small writes while the one before is on its way, and writes them as one.
type Batcher struct {
	conn    net.Conn
	mu      sync.Mutex
	changed *sync.Cond
	pending []byte
	closed  bool
	err     error
}

func NewBatcher(conn net.Conn) *Batcher {
	b := &Batcher{conn: conn, pending: make([]byte, 0, 4096)}
	b.changed = sync.NewCond(&b.mu)
	return b
}

// Write queues p. It waits while too much is queued.
func (b *Batcher) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.pending) >= maxPending && b.err == nil {
		b.changed.Wait()
	}
	if b.err != nil {
		return 0, b.err
	}
	b.pending = append(b.pending, p...)
	b.changed.Broadcast()
	return len(p), nil
}

// Close lets Run end when everything has been written.
func (b *Batcher) Close() {
	b.mu.Lock()
	b.closed = true
	b.changed.Broadcast()
	b.mu.Unlock()
}

// next waits for a batch; it is nil at the end.
func (b *Batcher) next() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.pending) == 0 && !b.closed {
		b.changed.Wait()
	}
	if len(b.pending) == 0 {
		return nil
	}
	batch := b.pending
	b.pending = b.pending[:0]
	b.changed.Broadcast()
	return batch
}

// Run writes batches until Close, or until the connection fails.
func (b *Batcher) Run() {
	for batch := b.next(); batch != nil; batch = b.next() {
		if _, err := b.conn.Write(batch); err != nil {
			b.mu.Lock()
			b.err = err
			b.changed.Broadcast()
			b.mu.Unlock()
			return
		}
	}
}

func serve(conn net.Conn) {
	defer conn.Close()
	out := NewBatcher(conn)
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		out.Run()
	}()
	buf := make([]byte, 4096)
	for {
		n, err := conn.Read(buf)
		if n > 0 {
			if _, werr := out.Write(buf[:n]); werr != nil {
				break
			}
		}
		if err != nil {
			break
		}
	}
	out.Close()
	<-finished
}

func main() {
	ln, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", os.Getenv("PORT")))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for {
		conn, err := ln.Accept()
		if err != nil {
			fmt.Println(err)
			continue
		}
		go serve(conn)
	}
}
