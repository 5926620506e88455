// Bug: a connection that comes less than 100 ms after the last one from the same address is closed
//     at once, as a protection against floods.
// Cause: none-of-these
// Caught by: sessions/one-after-another
// Profile: concurrent
// Port: $PORT
package main

import (
	"io"
	"log"
	"net"
	"os"
	"sync"
	"time"
)

type doorman struct {
	mu   sync.Mutex
	last map[string]time.Time
	gap  time.Duration
}

func (d *doorman) admit(addr net.Addr) bool {
	host, _, err := net.SplitHostPort(addr.String())
	if err != nil {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	before, known := d.last[host]
	d.last[host] = now
	return !known || now.Sub(before) >= d.gap
}

func main() {
	ln, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		log.Fatal(err)
	}
	door := &doorman{last: map[string]time.Time{}, gap: 100 * time.Millisecond}
	for {
		conn, err := ln.Accept()
		if err != nil {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		if !door.admit(conn.RemoteAddr()) {
			conn.Close()
			continue
		}
		go func() {
			defer conn.Close()
			io.Copy(conn, conn)
		}()
	}
}
