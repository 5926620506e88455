/*
Bug: a select with a default case puts answers into a channel of 16 places and drops them when it
    is full; a client that reads slowly gets an echo with holes.
Cause: stalled-output-dropped
Caught by: partial-send/stalled-reader
Profile: concurrent
Port: 24007
*/

package main

import (
	"log"
	"net"
	"time"
)

type client struct {
	conn    net.Conn
	answers chan []byte
}

func (c *client) receive() {
	defer close(c.answers)
	for {
		chunk := make([]byte, 8192)
		n, err := c.conn.Read(chunk)
		if n > 0 {
			select {
			case c.answers <- chunk[:n]:
			default:
				log.Printf("%v is too slow, dropped %d bytes", c.conn.RemoteAddr(), n)
			}
		}
		if err != nil {
			return
		}
	}
}

func (c *client) transmit() {
	for chunk := range c.answers {
		c.conn.Write(chunk)
	}
	c.conn.Close()
}

func main() {
	ln, err := net.Listen("tcp", "127.0.0.1:24007")
	if err != nil {
		log.Fatal(err)
	}
	for {
		conn, err := ln.Accept()
		if err != nil {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		c := &client{conn, make(chan []byte, 16)}
		go c.receive()
		go c.transmit()
	}
}
