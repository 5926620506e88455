/*
Bug: waiting answers are taken from the end of the slice, the newest first; and more than 64 of
    them are thrown away.
Cause: queue-order
Cause: stalled-output-dropped
Caught by: identity/long-stream
Profile: concurrent
Port: 24102
*/

package main

import (
	"log"
	"net"
	"sync"
	"time"
)

type outbox struct {
	sync.Mutex
	cond   *sync.Cond
	items  [][]byte
	closed bool
}

func newOutbox() *outbox {
	o := &outbox{}
	o.cond = sync.NewCond(o)
	return o
}

func (o *outbox) put(b []byte) {
	o.Lock()
	defer o.Unlock()
	if len(o.items) < 64 {
		o.items = append(o.items, b)
	}
	o.cond.Signal()
}

func (o *outbox) end() {
	o.Lock()
	defer o.Unlock()
	o.closed = true
	o.cond.Signal()
}

func (o *outbox) get() ([]byte, bool) {
	o.Lock()
	defer o.Unlock()
	for len(o.items) == 0 && !o.closed {
		o.cond.Wait()
	}
	if len(o.items) == 0 {
		return nil, false
	}
	last := len(o.items) - 1
	b := o.items[last]
	o.items = o.items[:last]
	return b, true
}

func serve(conn net.Conn) {
	out := newOutbox()
	go func() {
		defer conn.Close()
		for {
			b, ok := out.get()
			if !ok {
				return
			}
			conn.Write(b)
		}
	}()
	for {
		b := make([]byte, 16384)
		n, err := conn.Read(b)
		if n > 0 {
			out.put(b[:n])
		}
		if err != nil {
			out.end()
			return
		}
	}
}

func main() {
	ln, err := net.Listen("tcp", "127.0.0.1:24102")
	if err != nil {
		log.Fatal(err)
	}
	for {
		conn, err := ln.Accept()
		if err != nil {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		go serve(conn)
	}
}
