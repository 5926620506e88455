// Bug: handle() is called without go, so a client waits until the one before has left.
// Cause: one-at-a-time
// Caught by: sessions/simultaneous
// Profile: concurrent
// Port: 2000
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

func handle(c net.Conn) {
	io.Copy(c, c)
	c.Close()
}

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:2000")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer l.Close()
	for {
		c, err := l.Accept()
		if err != nil {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		handle(c)
	}
}
