/*
Bug: answers go into a bufio.Writer which is flushed when the connection is over; small answers
    stay in the buffer of 4096 bytes until then.
Cause: not-flushed
Caught by: chunking/prompt
Profile: concurrent
Port: 24002
*/

package main

import (
	"bufio"
	"io"
	"log"
	"net"
	"time"
)

func serve(conn net.Conn) {
	r, w := bufio.NewReader(conn), bufio.NewWriter(conn)
	defer conn.Close()
	defer w.Flush()
	buf := make([]byte, 1024)
	for {
		n, err := r.Read(buf)
		if n > 0 {
			if _, err := w.Write(buf[:n]); err != nil {
				return
			}
		}
		if err == io.EOF {
			return
		}
		if err != nil {
			log.Print(err)
			return
		}
	}
}

func main() {
	addr := net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 24002}
	listener, err := net.ListenTCP("tcp", &addr)
	if err != nil {
		log.Fatalln(err)
	}
	for {
		if conn, err := listener.AcceptTCP(); err == nil {
			go serve(conn)
		} else {
			time.Sleep(10 * time.Millisecond)
		}
	}
}
