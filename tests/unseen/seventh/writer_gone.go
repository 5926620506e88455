// Bug: when a write fails, the writer goroutine returns and nobody takes from the channel any more;
//     a reader that waits for room in it waits for ever, and never comes to close the connection.
// Cause: thread-leak
// Also: descriptor-leak
// Profile: concurrent
// Port: 26431
package main

import (
	"log"
	"net"
	"sync"
	"time"
)

const address = "127.0.0.1:26431"

type session struct {
	conn  net.Conn
	queue chan []byte
	group sync.WaitGroup
}

func (s *session) write() {
	defer s.group.Done()
	for block := range s.queue {
		if _, err := s.conn.Write(block); err != nil {
			return
		}
	}
}

func (s *session) read() {
	defer close(s.queue)
	for {
		block := make([]byte, 4096)
		n, err := s.conn.Read(block)
		if n > 0 {
			s.queue <- block[:n]
		}
		if err != nil {
			return
		}
	}
}

func (s *session) run() {
	defer s.conn.Close()
	s.group.Add(1)
	go s.write()
	s.read()
	s.group.Wait()
}

func main() {
	l, err := net.Listen("tcp", address)
	if err != nil {
		log.Fatalln(err)
	}
	for {
		conn, err := l.Accept()
		if err != nil {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		s := &session{conn: conn, queue: make(chan []byte, 10)}
		go s.run()
	}
}
