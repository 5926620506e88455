/*
Bug: io.Copy returns at the client's end and the function with it, but Close is never called; the
    client waits for the end of its echo.
Cause: never-closes
Also: descriptor-leak
Caught by: shutdown/after-echo
Profile: concurrent
Port: $PORT
*/

package main

import (
	"context"
	"io"
	"log"
	"net"
	"os"
	"sync"
	"time"
)

type registry struct {
	sync.Mutex
	conns map[net.Conn]time.Time
}

func (r *registry) add(c net.Conn) {
	r.Lock()
	defer r.Unlock()
	r.conns[c] = time.Now()
}

// plain hides ReadFrom, so that io.Copy reads and writes in the ordinary way.
type plain struct{ io.Writer }

func main() {
	var lc net.ListenConfig
	ln, err := lc.Listen(context.Background(), "tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		log.Fatal(err)
	}
	all := &registry{conns: map[net.Conn]time.Time{}}
	for {
		conn, err := ln.Accept()
		if err != nil {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		all.add(conn)
		go io.Copy(plain{conn}, conn)
	}
}
