// Style: bufio on both sides, one byte at a time; it flushes when nothing is left in the buffer
//     that it reads.
// Profile: concurrent
// Port: $PORT
package main

import (
	"bufio"
	"log"
	"net"
	"os"
	"time"
)

func echo(conn net.Conn) error {
	defer conn.Close()
	in := bufio.NewReaderSize(conn, 20000)
	out := bufio.NewWriterSize(conn, 7000)
	for {
		b, err := in.ReadByte()
		if err != nil {
			return out.Flush()
		}
		if err := out.WriteByte(b); err != nil {
			return err
		}
		if in.Buffered() == 0 {
			if err := out.Flush(); err != nil {
				return err
			}
		}
	}
}

func main() {
	ln, err := net.Listen("tcp4", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		log.Fatal(err)
	}
	for {
		conn, err := ln.Accept()
		if err != nil {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		go func() { _ = echo(conn) }()
	}
}
