// Bug: answers go into a bufio.Writer of 2500 bytes that is flushed only when the client has
// ended its side (or when it is full).
//
// Cause: not-flushed
// Caught by: chunking/prompt
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

func handle(conn net.Conn) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	w := bufio.NewWriterSize(conn, 2500)
	defer w.Flush()
	buf := make([]byte, 600)
	for {
		n, err := r.Read(buf)
		if err != nil {
			return
		}
		if _, err := w.Write(buf[:n]); err != nil {
			return
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
			log.Print(err)
			time.Sleep(50 * time.Millisecond)
			continue
		}
		go handle(conn)
	}
}
