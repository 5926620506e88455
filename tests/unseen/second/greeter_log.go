// Bug: the log shows the first word of a client's first message, and there is none if that
// message is only white space: index out of range, and the panic ends the whole server.
//
// Cause: crash
// Also: client-error-ends-server
// Profile: concurrent
// Port: $PORT
package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"time"
)

type Client struct {
	conn  net.Conn
	named bool
}

func (c *Client) Name(message []byte) {
	words := bytes.Fields(message)
	fmt.Printf("%s begins with %q\n", c.conn.RemoteAddr(), words[0])
	c.named = true
}

func (c *Client) Run() {
	defer c.conn.Close()
	message := make([]byte, 1100)
	for {
		n, err := c.conn.Read(message)
		if err != nil {
			return
		}
		if !c.named {
			c.Name(message[:n])
		}
		if _, err := c.conn.Write(message[:n]); err != nil {
			return
		}
	}
}

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		panic(err)
	}
	for {
		conn, err := l.Accept()
		if err != nil {
			time.Sleep(time.Second / 20)
			continue
		}
		client := Client{conn: conn}
		go client.Run()
	}
}
