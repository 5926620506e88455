// Bug: the reader sends slices of its one buffer through a channel to the writer, and reads into
//     the same buffer again before the writer has written them: with several reads under way the
//     bytes are of later ones.
// Cause: buffer-overwritten
// Profile: concurrent
// Port: $PORT
package main

import (
	"context"
	"log"
	"net"
	"os"
	"sync"
	"time"
)

const (
	bufferSize = 4096
	queueDepth = 16
)

type client struct {
	conn net.Conn
	out  chan []byte
	ctx  context.Context
	stop context.CancelFunc
}

func newClient(parent context.Context, conn net.Conn) *client {
	ctx, stop := context.WithCancel(parent)
	return &client{conn: conn, out: make(chan []byte, queueDepth), ctx: ctx, stop: stop}
}

func (c *client) readLoop() {
	defer close(c.out)
	buf := make([]byte, bufferSize)
	for {
		n, err := c.conn.Read(buf)
		if n > 0 {
			select {
			case c.out <- buf[:n]:
			case <-c.ctx.Done():
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (c *client) writeLoop() {
	defer c.stop()
	for msg := range c.out {
		if _, err := c.conn.Write(msg); err != nil {
			// wakes the reader, if it is in Read
			c.conn.Close()
			return
		}
	}
}

func (c *client) serve() {
	var wg sync.WaitGroup
	wg.Add(2)
	go func() { defer wg.Done(); c.readLoop() }()
	go func() { defer wg.Done(); c.writeLoop() }()
	wg.Wait()
	c.conn.Close()
}

func main() {
	logger := log.New(os.Stdout, "echo ", log.LstdFlags)
	ln, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		logger.Fatal(err)
	}
	ctx := context.Background()
	for {
		conn, err := ln.Accept()
		if err != nil {
			logger.Printf("accept: %v", err)
			time.Sleep(100 * time.Millisecond)
			continue
		}
		go newClient(ctx, conn).serve()
	}
}
