// Style: a guard against floods closes each connection of an address that has come more than twenty
//     times in the last second; whoever keeps to that is served well, and a limit of rates is no bug.
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

const (
	window = time.Second
	burst  = 20
)

type guard struct {
	mu     sync.Mutex
	visits map[string][]time.Time
}

// admit notes a visit and says whether it may come in.
func (g *guard) admit(host string, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	recent := g.visits[host][:0]
	for _, at := range g.visits[host] {
		if now.Sub(at) < window {
			recent = append(recent, at)
		}
	}
	if len(recent) >= burst {
		g.visits[host] = recent
		return false
	}
	g.visits[host] = append(recent, now)
	return true
}

func main() {
	g := &guard{visits: map[string][]time.Time{}}
	ln, err := net.Listen("tcp4", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		log.Fatal(err)
	}
	for {
		c, err := ln.Accept()
		if err != nil {
			time.Sleep(time.Second / 10)
			continue
		}
		host, _, _ := net.SplitHostPort(c.RemoteAddr().String())
		if !g.admit(host, time.Now()) {
			c.Close()
			continue
		}
		go func() {
			defer c.Close()
			buf := make([]byte, 2048)
			for {
				n, err := c.Read(buf)
				if n == 0 && err != nil {
					return
				}
				if _, err := io.WriteString(c, string(buf[:n])); err != nil {
					return
				}
			}
		}()
	}
}
