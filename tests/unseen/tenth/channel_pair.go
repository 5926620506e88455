/*
 * Bug: the slice that is put into the channel is the reader's only buffer; it is filled again before
 *     the other goroutine has written it.
 * Cause: buffer-overwritten
 * Profile: concurrent
 * Port: $PORT
 */
package main

import (
	"log"
	"net"
	"os"
	"time"
)

type session struct {
	conn   net.Conn
	outbox chan []byte
	done   chan struct{}
}

func newSession(conn net.Conn) *session {
	return &session{conn: conn, outbox: make(chan []byte, 8), done: make(chan struct{})}
}

func (s *session) run() {
	go s.writeLoop()
	s.readLoop()
	close(s.outbox)
	<-s.done
	s.conn.Close()
}

func (s *session) readLoop() {
	buf := make([]byte, 4096)
	for {
		n, err := s.conn.Read(buf)
		if n > 0 {
			s.outbox <- buf[:n]
		}
		if err != nil {
			return
		}
	}
}

func (s *session) writeLoop() {
	defer close(s.done)
	var failed error
	for chunk := range s.outbox {
		if failed == nil {
			_, failed = s.conn.Write(chunk)
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
		go newSession(conn).run()
	}
}
