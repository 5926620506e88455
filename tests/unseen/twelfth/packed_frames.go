// Bug: the length of a frame is kept in 16 bits, and a read may bring 65,536 bytes: its length
//     becomes 0, and the whole read is lost.
// Cause: counter-wraps, full-read-lost, exact-size
// Profile: concurrent
// Port: $PORT
package main

import (
	"log"
	"net"
	"os"
	"sync"
	"time"
)

const blockSize = 1 << 16

type block [blockSize]byte

// frame fits into two words: it travels through the channel by value.
type frame struct {
	data *block
	from uint16
	size uint16
}

var blocks = sync.Pool{New: func() any { return new(block) }}

// pump reads into fresh blocks until the stream ends.
func pump(conn net.Conn, frames chan<- frame) {
	defer close(frames)
	for {
		b := blocks.Get().(*block)
		n, err := conn.Read(b[:])
		if n > 0 {
			frames <- frame{data: b, size: uint16(n)}
		} else {
			blocks.Put(b)
		}
		if err != nil {
			return
		}
	}
}

// drain writes the frames back; after an error it only recycles them.
func drain(conn net.Conn, frames <-chan frame) {
	defer conn.Close()
	broken := false
	for f := range frames {
		if !broken {
			payload := f.data[f.from : int(f.from)+int(f.size)]
			if _, err := conn.Write(payload); err != nil {
				broken = true
				conn.Close()
			}
		}
		blocks.Put(f.data)
	}
}

func main() {
	ln, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		log.Fatalf("listen: %v", err)
	}
	for {
		conn, err := ln.Accept()
		if err != nil {
			time.Sleep(10 * time.Millisecond)
			continue
		}
		frames := make(chan frame, 4)
		go pump(conn, frames)
		go drain(conn, frames)
	}
}
