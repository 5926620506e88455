// Bug: a temporary error of Accept() is tried again at once; without descriptors (EMFILE) it comes
//     back each time, and the loop burns a processor until a client leaves.
// Cause: spins-at-accept
// Also: descriptor-famine
// Profile: concurrent
// Port: $PORT
package main

import (
	"errors"
	"io"
	"log"
	"net"
	"os"
)

type Server struct {
	Addr string
}

func (srv *Server) ListenAndServe() error {
	ln, err := net.Listen("tcp", srv.Addr)
	if err != nil {
		return err
	}
	return srv.Serve(ln)
}

// Serve returns only for errors that are here to stay.
func (srv *Server) Serve(ln net.Listener) error {
	defer ln.Close()
	for {
		conn, err := ln.Accept()
		var netErr net.Error
		switch {
		case err == nil:
			go srv.handle(conn)
		case errors.As(err, &netErr) && netErr.Temporary():
			continue
		default:
			return err
		}
	}
}

func (srv *Server) handle(conn net.Conn) {
	defer conn.Close()
	_, _ = io.CopyBuffer(struct{ io.Writer }{conn}, struct{ io.Reader }{conn}, make([]byte, 10000))
}

func main() {
	srv := &Server{Addr: net.JoinHostPort("127.0.0.1", os.Getenv("PORT"))}
	log.Fatal(srv.ListenAndServe())
}
