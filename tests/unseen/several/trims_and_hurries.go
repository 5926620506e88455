/*
Bug: white space around each message is taken off; and each connection is closed a second and a
    half after it began.
Cause: strips-whitespace
Cause: time-limit
Caught by: identity/edge-whitespace, shutdown/idle-kept
Profile: concurrent
Port: $PORT
*/

package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"time"
)

func chat(c *net.TCPConn) {
	defer c.Close()
	c.SetDeadline(time.Now().Add(1500 * time.Millisecond))
	page := make([]byte, 32*1024)
	for {
		n, err := c.Read(page)
		if err != nil {
			return
		}
		if _, err = c.Write(bytes.TrimSpace(page[:n])); err != nil {
			return
		}
	}
}

func main() {
	port := os.Getenv("PORT")
	addr, _ := net.ResolveTCPAddr("tcp", "127.0.0.1:"+port)
	l, err := net.ListenTCP("tcp", addr)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for {
		c, err := l.AcceptTCP()
		if err != nil {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		go chat(c)
	}
}
