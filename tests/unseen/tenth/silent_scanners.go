// Bug: a deadline against clients that connect and say nothing is set when a connection comes,
//     and not taken away afterwards; so each connection ends two seconds after its begin.
// Cause: time-limit
// Also: idle-timeout, gives-up-on-slow-reader
// Profile: concurrent
// Port: $PORT
package main

import (
	"errors"
	"io"
	"log"
	"net"
	"os"
	"time"
)

// helloTimeout is for port scanners: they connect, and send nothing.
const helloTimeout = 2 * time.Second

type handler struct {
	conn net.Conn
	buf  []byte
}

func (h *handler) hello() (int, error) {
	if err := h.conn.SetDeadline(time.Now().Add(helloTimeout)); err != nil {
		return 0, err
	}
	return h.conn.Read(h.buf)
}

func (h *handler) run() error {
	defer h.conn.Close()
	n, err := h.hello()
	for err == nil {
		if _, err = h.conn.Write(h.buf[:n]); err != nil {
			return err
		}
		n, err = h.conn.Read(h.buf)
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func main() {
	logger := log.New(io.Discard, "echo ", log.LstdFlags)
	l, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		log.Fatal(err)
	}
	for {
		c, err := l.Accept()
		if err != nil {
			logger.Print(err)
			time.Sleep(50 * time.Millisecond)
			continue
		}
		go func() {
			h := &handler{conn: c, buf: make([]byte, 32*1024)}
			if err := h.run(); err != nil {
				logger.Printf("%v: %v", c.RemoteAddr(), err)
			}
		}()
	}
}
