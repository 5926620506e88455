// Bug: a buffer goes back to the free list twice: deferred, and once more where the end of the
//     client is seen. Two later clients then get the same buffer.
// Cause: shared-buffer
// Profile: concurrent
// Port: $PORT
package main

import (
	"errors"
	"flag"
	"io"
	"log"
	"net"
	"os"
	"time"
)

const bufferSize = 64 << 10

// FreeList hands out buffers, and makes one where it has none.
type FreeList struct {
	free chan []byte
}

func NewFreeList(room int) *FreeList {
	return &FreeList{free: make(chan []byte, room)}
}

func (l *FreeList) Get() []byte {
	select {
	case b := <-l.free:
		return b
	default:
		return make([]byte, bufferSize)
	}
}

func (l *FreeList) Put(b []byte) {
	select {
	case l.free <- b:
	default:
	}
}

type Server struct {
	buffers *FreeList
	logger  *log.Logger
}

func (s *Server) handle(conn net.Conn) {
	defer conn.Close()
	buf := s.buffers.Get()
	defer s.buffers.Put(buf)

	for {
		n, err := conn.Read(buf)
		if errors.Is(err, io.EOF) {
			s.buffers.Put(buf)
			return
		}
		if err != nil {
			s.logger.Println("read:", err)
			return
		}
		if _, err := conn.Write(buf[:n]); err != nil {
			s.logger.Println("write:", err)
			return
		}
	}
}

func (s *Server) Serve(ln net.Listener) {
	for {
		conn, err := ln.Accept()
		if err != nil {
			s.logger.Println("accept:", err)
			time.Sleep(100 * time.Millisecond)
			continue
		}
		go s.handle(conn)
	}
}

func main() {
	addr := flag.String("listen", "127.0.0.1:"+os.Getenv("PORT"), "where to listen")
	flag.Parse()
	ln, err := net.Listen("tcp", *addr)
	if err != nil {
		log.Fatal(err)
	}
	server := &Server{buffers: NewFreeList(64), logger: log.New(io.Discard, "", 0)}
	server.Serve(ln)
}
