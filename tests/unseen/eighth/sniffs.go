// Bug: the first 512 bytes are read through a bufio.Reader, to see what protocol it is, and all the
//     rest from the connection itself: what the reader has fetched beyond the 512 is lost.
// Cause: rest-of-read-discarded
// Also: full-read-lost
// Profile: concurrent
// Port: $PORT
package main

import (
	"bufio"
	"bytes"
	"expvar"
	"io"
	"log"
	"net"
	"os"
	"time"
)

var kinds = expvar.NewMap("kinds")

func kindOf(head []byte) string {
	switch {
	case len(head) > 2 && head[0] == 0x16 && head[1] == 0x03:
		return "tls"
	case bytes.HasPrefix(head, []byte("GET ")), bytes.HasPrefix(head, []byte("POST ")):
		return "http"
	case bytes.HasPrefix(head, []byte("SSH-")):
		return "ssh"
	}
	return "other"
}

func handle(conn net.Conn) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	head := make([]byte, 512)
	n, err := r.Read(head)
	if err != nil {
		return
	}
	kinds.Add(kindOf(head[:n]), 1)
	if _, err := conn.Write(head[:n]); err != nil {
		return
	}
	// From here on the kernel can splice.
	if _, err := io.Copy(conn, conn); err != nil {
		log.Printf("%s: %s", conn.RemoteAddr(), err)
	}
}

func main() {
	l, err := net.Listen("tcp4", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		log.Fatal(err)
	}
	defer l.Close()
	for {
		conn, err := l.Accept()
		if err != nil {
			time.Sleep(time.Second / 10)
			continue
		}
		go handle(conn)
	}
}
