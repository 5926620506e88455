// Bug: the answer is written by fmt.Fprintf(conn, string(data)), which takes the data as a format:
//     a '%' in it becomes %!x(MISSING) or is changed.
// Cause: format-string
// Profile: concurrent
// Port: $PORT
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

// Session is one connected client.
type Session struct {
	conn  net.Conn
	start time.Time
	in    int64
}

func NewSession(c net.Conn) *Session {
	return &Session{conn: c, start: time.Now()}
}

func (s *Session) reply(msg string) error {
	_, err := fmt.Fprintf(s.conn, msg)
	return err
}

func (s *Session) Run() error {
	defer s.conn.Close()
	buf := make([]byte, 16384)
	for {
		n, err := s.conn.Read(buf)
		if n > 0 {
			s.in += int64(n)
			if err := s.reply(string(buf[:n])); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		fmt.Println("cannot listen:", err)
		os.Exit(1)
	}
	for {
		c, err := listener.Accept()
		if err != nil {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		go func(s *Session) {
			if err := s.Run(); err != nil {
				fmt.Printf("session ended after %s, %d bytes: %v\n", time.Since(s.start), s.in, err)
			}
		}(NewSession(c))
	}
}
