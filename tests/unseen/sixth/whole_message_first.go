// Bug: reads are collected until one is short, which is to be the message's end; a message that
//     fills the last read exactly is held back until the client sends more.
// Cause: waits-after-full-read
// Profile: concurrent
// Port: $PORT
package main

import (
	"bytes"
	"io"
	"net"
	"os"
	"time"
)

const chunk = 512

func receive(r io.Reader, into *bytes.Buffer) error {
	part := make([]byte, chunk)
	for {
		n, err := r.Read(part)
		into.Write(part[:n])
		if err != nil || n < chunk || into.Len() >= 1<<20 {
			return err
		}
	}
}

func talk(c net.Conn) {
	defer c.Close()
	var message bytes.Buffer
	for {
		err := receive(c, &message)
		if _, werr := message.WriteTo(c); werr != nil || err != nil {
			return
		}
	}
}

func main() {
	l, err := net.Listen("tcp4", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		panic(err)
	}
	for {
		if c, err := l.Accept(); err == nil {
			go talk(c)
		} else {
			time.Sleep(time.Second / 10)
		}
	}
}
