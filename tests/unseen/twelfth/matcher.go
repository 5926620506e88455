// Bug: to see which protocol a client speaks the server peeks at its first eight bytes, and waits for
//     them: a client whose first message is shorter gets no answer until it sends more or ends.
// Cause: partial-held-back, waits-for-full-buffer
// Profile: concurrent
// Port: $PORT
package main

import (
	"bufio"
	"bytes"
	"io"
	"log"
	"net"
	"os"
	"time"
)

// preface is what every protocol can be told by.
const preface = 8

// Matcher says whether a connection is for its handler, by the first bytes.
type Matcher func(head []byte) bool

// Handler serves one connection. What was looked at comes out of r again.
type Handler func(conn net.Conn, r *bufio.Reader)

type route struct {
	match  Matcher
	handle Handler
}

// Mux shares one listener between protocols.
type Mux struct {
	routes   []route
	fallback Handler
}

// Match adds a route. Those that were added first are asked first.
func (m *Mux) Match(match Matcher, handle Handler) {
	m.routes = append(m.routes, route{match, handle})
}

// Prefix matches connections that begin with these bytes.
func Prefix(want string) Matcher {
	return func(head []byte) bool { return bytes.HasPrefix(head, []byte(want)) }
}

// Serve accepts connections for ever.
func (m *Mux) Serve(ln net.Listener) {
	for {
		conn, err := ln.Accept()
		if err != nil {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		go m.dispatch(conn)
	}
}

func (m *Mux) dispatch(conn net.Conn) {
	defer conn.Close()
	r := bufio.NewReaderSize(conn, 16*1024)
	head, err := r.Peek(preface)
	if err != nil && err != io.EOF {
		return
	}
	for _, route := range m.routes {
		if route.match(head) {
			route.handle(conn, r)
			return
		}
	}
	m.fallback(conn, r)
}

func echo(conn net.Conn, r *bufio.Reader) {
	buf := make([]byte, 16*1024)
	for {
		n, err := r.Read(buf)
		if n > 0 {
			if _, werr := conn.Write(buf[:n]); werr != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func main() {
	ln, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", os.Getenv("PORT")))
	if err != nil {
		log.Fatal(err)
	}
	// Until there are other protocols, all of them go to the same handler.
	mux := &Mux{fallback: echo}
	mux.Match(Prefix("ECHO/1"), echo)
	mux.Serve(ln)
}
