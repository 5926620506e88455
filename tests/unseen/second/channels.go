// Bug: the reader closes the connection as soon as the client has ended, and does not wait for
// the goroutine that writes: what is still in the channel is lost.
//
// Cause: pending-dropped-at-end
// Also: end-with-data-lost, half-close-ends-at-once
// Profile: concurrent
// Port: $PORT
package main

import (
	"log"
	"net"
	"os"
	"time"
)

func writer(conn net.Conn, messages <-chan []byte) {
	for m := range messages {
		if _, err := conn.Write(m); err != nil {
			break
		}
	}
	conn.Close()
	for range messages {
	}
}

func reader(conn net.Conn, messages chan<- []byte) {
	defer conn.Close()
	defer close(messages)
	for {
		m := make([]byte, 3100)
		n, err := conn.Read(m)
		if err != nil {
			return
		}
		messages <- m[:n]
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
			time.Sleep(30 * time.Millisecond)
			continue
		}
		messages := make(chan []byte, 11)
		go writer(conn, messages)
		go reader(conn, messages)
	}
}
