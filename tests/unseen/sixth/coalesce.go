// Bug: up to four reads that come close together are gathered and sent at once; they are slices of
//     one array that each read fills from its start, so the last one overwrites the others.
// Cause: buffer-overwritten
// Profile: concurrent
// Port: 20112
package main

import (
	"errors"
	"log"
	"net"
	"os"
	"time"
)

const (
	most   = 4
	linger = 3 * time.Millisecond
)

type gatherer struct {
	conn    net.Conn
	scratch [16384]byte
	pieces  net.Buffers
}

// gather waits for a first piece as long as need be, and for more only a moment.
func (g *gatherer) gather() error {
	g.pieces = nil
	for len(g.pieces) < most {
		deadline := time.Time{}
		if len(g.pieces) > 0 {
			deadline = time.Now().Add(linger)
		}
		if err := g.conn.SetReadDeadline(deadline); err != nil {
			return err
		}
		n, err := g.conn.Read(g.scratch[:])
		if n > 0 {
			g.pieces = append(g.pieces, g.scratch[:n])
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (g *gatherer) loop() {
	defer g.conn.Close()
	for {
		end := g.gather()
		if _, err := g.pieces.WriteTo(g.conn); err != nil {
			return
		}
		if end != nil {
			return
		}
	}
}

func main() {
	ln, err := net.Listen("tcp", "127.0.0.1:20112")
	if err != nil {
		log.Fatal(err)
	}
	for {
		conn, err := ln.Accept()
		if err != nil {
			log.Print(err)
			time.Sleep(100 * time.Millisecond)
			continue
		}
		go (&gatherer{conn: conn}).loop()
	}
}
