// Bug: after a read that filled the buffer the answer is not flushed, since more is expected; if no
//     more comes, a message of exactly 16 KiB stays in the buffer.
// Cause: waits-after-full-read, exact-size, not-flushed
// Profile: concurrent
// Port: $PORT
package main

import (
	"bufio"
	"io"
	"log"
	"net"
	"os"
	"sync"
	"time"
)

const (
	readSize  = 16 << 10
	writeSize = 128 << 10
)

// scratch recycles what a connection needs, so that short ones allocate nothing.
type scratch struct {
	in  []byte
	out *bufio.Writer
}

var scratches = sync.Pool{New: func() any {
	return &scratch{in: make([]byte, readSize), out: bufio.NewWriterSize(io.Discard, writeSize)}
}}

// echo copies the stream back. Under load several reads share one write.
func echo(conn net.Conn) error {
	defer conn.Close()
	s := scratches.Get().(*scratch)
	s.out.Reset(conn)
	defer func() {
		s.out.Reset(io.Discard)
		scratches.Put(s)
	}()
	for {
		n, err := conn.Read(s.in)
		if n > 0 {
			if _, werr := s.out.Write(s.in[:n]); werr != nil {
				return werr
			}
		}
		if err == io.EOF {
			return s.out.Flush()
		}
		if err != nil {
			return err
		}
		if n < len(s.in) {
			if werr := s.out.Flush(); werr != nil {
				return werr
			}
		}
	}
}

func main() {
	ln, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		log.Fatal(err)
	}
	for {
		conn, err := ln.Accept()
		if err != nil {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		go func() { _ = echo(conn) }()
	}
}
