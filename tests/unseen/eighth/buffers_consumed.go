// Bug: net.Buffers.WriteTo takes what it has written out of the slice, so the loop after it that
//     gives the buffers back finds none; after 900 reads of all clients together no buffer is left,
//     and all wait.
// Cause: reads-quota
// Profile: concurrent
// Port: $PORT
package main

import (
	"fmt"
	"net"
	"os"
	"time"
)

const (
	poolSize = 900
	bufSize  = 8 << 10
)

var pool = make(chan []byte, poolSize)

func init() {
	for i := 0; i < poolSize; i++ {
		pool <- make([]byte, bufSize)
	}
}

func recycle(b []byte) { pool <- b[:bufSize] }

// gather takes the first buffer and those that wait already, so that one writev sends them all.
func gather(first []byte, in <-chan []byte) net.Buffers {
	bufs := net.Buffers{first}
	for len(bufs) < 16 {
		select {
		case b, open := <-in:
			if !open {
				return bufs
			}
			bufs = append(bufs, b)
		default:
			return bufs
		}
	}
	return bufs
}

func writeLoop(conn net.Conn, in <-chan []byte) {
	defer conn.Close()
	broken := false
	for first := range in {
		bufs := gather(first, in)
		if !broken {
			if _, err := bufs.WriteTo(conn); err != nil {
				broken = true
				conn.Close()
			}
		}
		for _, b := range bufs {
			recycle(b)
		}
	}
}

func readLoop(conn net.Conn) {
	out := make(chan []byte, 16)
	defer close(out)
	go writeLoop(conn, out)
	for {
		b := <-pool
		n, err := conn.Read(b)
		if err != nil {
			recycle(b)
			return
		}
		out <- b[:n]
	}
}

func main() {
	l, err := net.Listen("tcp4", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for {
		if conn, err := l.Accept(); err == nil {
			go readLoop(conn)
		} else {
			time.Sleep(100 * time.Millisecond)
		}
	}
}
