// Bug: the deadline of the read is not taken away before the next round: all later reads fail at
//     once, and the loop takes that for a pause and goes round without waiting. Only the first
//     message is answered.
// Cause: spins-idle
// Profile: concurrent
// Port: $PORT
package main

import (
	"context"
	"errors"
	"log"
	"net"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

var blocks = sync.Pool{New: func() any { b := make([]byte, 9000); return &b }}

func serve(c net.Conn) {
	defer c.Close()
	for {
		var held []*[]byte
		var out net.Buffers
		end := false
		for len(held) < 8 {
			if len(held) > 0 {
				c.SetReadDeadline(time.Now().Add(time.Millisecond))
			}
			b := blocks.Get().(*[]byte)
			held = append(held, b)
			n, err := c.Read(*b)
			if n > 0 {
				out = append(out, (*b)[:n])
			}
			if err != nil {
				end = !errors.Is(err, os.ErrDeadlineExceeded)
				break
			}
		}
		_, err := out.WriteTo(c)
		for _, b := range held {
			blocks.Put(b)
		}
		if end || err != nil {
			return
		}
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	l, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		log.Fatal(err)
	}
	go func() { <-ctx.Done(); l.Close() }()
	var all sync.WaitGroup
	wait := 5 * time.Millisecond
	for {
		c, err := l.Accept()
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			log.Printf("accept: %v; retrying in %v", err, wait)
			time.Sleep(wait)
			if wait *= 2; wait > time.Second {
				wait = time.Second
			}
			continue
		}
		wait = 5 * time.Millisecond
		all.Add(1)
		go func() { defer all.Done(); serve(c) }()
	}
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(time.Second):
	}
}
