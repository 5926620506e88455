// Bug: where the deadline of a read has passed, which is only a tick, the handler returns in
//     place of going on: a client that is silent for 200 ms is disconnected.
// Cause: idle-timeout
// Profile: concurrent
// Port: $PORT
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

type block struct {
	data [4096]byte
	used int
}

var pool = sync.Pool{New: func() any { return new(block) }}
var ending atomic.Bool

func write(c net.Conn, blocks <-chan *block, failed chan<- struct{}) {
	defer close(failed)
	w := bufio.NewWriterSize(c, 6000)
	for b := range blocks {
		_, err := w.Write(b.data[:b.used])
		pool.Put(b)
		if err == nil && len(blocks) == 0 {
			err = w.Flush()
		}
		if err != nil {
			return
		}
	}
	w.Flush()
}

func serve(c net.Conn) {
	defer c.Close()
	blocks, failed := make(chan *block, 16), make(chan struct{})
	go write(c, blocks, failed)
	defer func() { <-failed }()
	defer close(blocks)
	for !ending.Load() {
		b := pool.Get().(*block)
		c.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
		n, err := c.Read(b.data[:])
		if b.used = n; n == 0 {
			pool.Put(b)
		} else {
			select {
			case blocks <- b:
			case <-failed:
				return
			}
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return
		}
		if err != nil {
			if err != io.EOF {
				fmt.Fprintln(os.Stderr, "error: fatal: read failed:", err)
			}
			return
		}
	}
}

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		panic(err)
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	go func() { <-signals; ending.Store(true); l.Close() }()
	for !ending.Load() {
		c, err := l.Accept()
		if err != nil {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		go serve(c)
	}
}
