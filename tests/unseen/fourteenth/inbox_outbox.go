// Bug: the reader sends slices of its one buffer through the channel and reads into it again while
//     the writer has not yet sent them, so later bytes overwrite earlier ones.
// Cause: buffer-overwritten
// Profile: concurrent
// Port: $PORT
package main

import (
	"log"
	"net"
	"os"
	"time"
)

const (
	readSize  = 4096
	queueSize = 16
)

// Client is one connected peer with a reader and a writer goroutine.
type Client struct {
	conn net.Conn
	out  chan []byte
}

func NewClient(conn net.Conn) *Client {
	return &Client{conn: conn, out: make(chan []byte, queueSize)}
}

// readLoop puts everything that arrives into the outgoing queue.
func (c *Client) readLoop() {
	defer close(c.out)
	buf := make([]byte, readSize)
	for {
		n, err := c.conn.Read(buf)
		if n > 0 {
			c.out <- buf[:n]
		}
		if err != nil {
			return
		}
	}
}

// writeLoop drains the queue and hangs up when there is nothing more to come.
func (c *Client) writeLoop() {
	defer c.conn.Close()
	failed := false
	for msg := range c.out {
		if failed {
			continue
		}
		if _, err := c.conn.Write(msg); err != nil {
			failed = true
			c.conn.Close()
		}
	}
}

func main() {
	ln, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", os.Getenv("PORT")))
	if err != nil {
		log.Fatal(err)
	}
	defer ln.Close()
	for {
		conn, err := ln.Accept()
		if err != nil {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		c := NewClient(conn)
		go c.readLoop()
		go c.writeLoop()
	}
}
