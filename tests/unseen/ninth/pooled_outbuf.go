// Bug: a buffer goes back to the pool as it is; after a write that failed it still has what was
//     not sent, and the next connection that gets the buffer sends that to its client.
// Cause: leftover-of-earlier
// Also: shared-buffer
// Profile: concurrent
// Port: $PORT
package main

import (
	"bytes"
	"errors"
	"log"
	"net"
	"os"
	"sync"
	"time"
)

const readSize = 32 << 10

var (
	outbufs = sync.Pool{New: func() any { return new(bytes.Buffer) }}
	inbufs  = sync.Pool{New: func() any { b := make([]byte, readSize); return &b }}
)

// session is one client.
type session struct {
	conn net.Conn
	out  *bytes.Buffer
	in   []byte
}

func (s *session) pump() error {
	for {
		n, err := s.conn.Read(s.in)
		s.out.Write(s.in[:n])
		if _, werr := s.out.WriteTo(s.conn); werr != nil {
			return werr
		}
		if err != nil {
			return err
		}
	}
}

func serve(conn net.Conn) {
	out := outbufs.Get().(*bytes.Buffer)
	defer outbufs.Put(out)
	in := inbufs.Get().(*[]byte)
	defer inbufs.Put(in)
	defer conn.Close()

	s := &session{conn: conn, out: out, in: *in}
	_ = s.pump()
}

func run(l net.Listener) error {
	for {
		conn, err := l.Accept()
		switch {
		case err == nil:
			go serve(conn)
		case errors.Is(err, net.ErrClosed):
			return err
		default:
			time.Sleep(10 * time.Millisecond)
		}
	}
}

func main() {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", os.Getenv("PORT")))
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(run(l))
}
