// Bug: SetLinger(0) is set on every connection (against TIME_WAIT), so Close() throws away what the
//     kernel has not sent yet and ends the connection with a reset.
// Cause: reset-instead-of-fin
// Also: pending-dropped-at-end
// Profile: concurrent
// Port: $PORT
package main

import (
	"io"
	"log"
	"net"
	"os"
	"sync/atomic"
	"time"
)

var active int64

func tune(c *net.TCPConn) error {
	if err := c.SetNoDelay(true); err != nil {
		return err
	}
	if err := c.SetKeepAlive(true); err != nil {
		return err
	}
	if err := c.SetKeepAlivePeriod(3 * time.Minute); err != nil {
		return err
	}
	// thousands of sockets in TIME_WAIT on the load test machine
	return c.SetLinger(0)
}

func handle(c *net.TCPConn) {
	atomic.AddInt64(&active, 1)
	defer atomic.AddInt64(&active, -1)
	defer c.Close()

	if err := tune(c); err != nil {
		log.Printf("tune %s: %v", c.RemoteAddr(), err)
		return
	}
	buf := make([]byte, 64<<10)
	for {
		n, err := c.Read(buf)
		if n > 0 {
			if _, werr := c.Write(buf[:n]); werr != nil {
				return
			}
		}
		if err == io.EOF {
			return
		}
		if err != nil {
			log.Printf("%s: %v (%d active)", c.RemoteAddr(), err, atomic.LoadInt64(&active))
			return
		}
	}
}

func main() {
	log.SetOutput(os.Stdout)
	addr, err := net.ResolveTCPAddr("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		log.Fatal(err)
	}
	ln, err := net.ListenTCP("tcp", addr)
	if err != nil {
		log.Fatal(err)
	}
	for {
		c, err := ln.AcceptTCP()
		if err != nil {
			log.Printf("accept: %v", err)
			time.Sleep(50 * time.Millisecond)
			continue
		}
		go handle(c)
	}
}
