// Bug: the buffer goes back into the pool when it has been handed to the goroutine that writes, not
//     when it has been written, so somebody else's data (or later data) is read into it before.
// Cause: shared-buffer
// Also: buffer-overwritten
// Caught by: identity/long-stream
// Profile: concurrent
// Port: 29024
package main

import (
	"log"
	"net"
	"sync"
	"time"
)

var pool = sync.Pool{New: func() any {
	b := make([]byte, 8192)
	return &b
}}

func writer(conn net.Conn, in <-chan []byte) {
	defer conn.Close()
	broken := false
	for data := range in {
		if broken {
			continue
		}
		if _, err := conn.Write(data); err != nil {
			broken = true
			conn.Close()
		}
	}
}

func reader(conn net.Conn) {
	out := make(chan []byte, 4)
	defer close(out)
	go writer(conn, out)
	for {
		b := pool.Get().(*[]byte)
		n, err := conn.Read(*b)
		if n > 0 {
			out <- (*b)[:n]
		}
		pool.Put(b)
		if err != nil {
			return
		}
	}
}

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:29024")
	if err != nil {
		log.Fatal(err)
	}
	for {
		conn, err := l.Accept()
		if err != nil {
			log.Println(err)
			time.Sleep(50 * time.Millisecond)
			continue
		}
		go reader(conn)
	}
}
