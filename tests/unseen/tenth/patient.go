/*
 * Bug: the deadline is set once, before the loop, and not again for each read and write: it is a point
 *     in time, so each connection is ended three seconds after it began.
 * Cause: time-limit
 * Also: idle-timeout
 * Profile: concurrent
 * Port: $PORT
 */
package main

import (
	"context"
	"errors"
	"flag"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"
)

var patience = flag.Duration("patience", 3*time.Second, "how long a client may keep us waiting")

type Server struct {
	Addr     string
	Patience time.Duration
}

func (s *Server) ListenAndServe(ctx context.Context) error {
	ln, err := net.Listen("tcp", s.Addr)
	if err != nil {
		return err
	}
	go func() {
		<-ctx.Done()
		ln.Close()
	}()
	for {
		conn, err := ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		go s.echo(conn)
	}
}

func (s *Server) echo(conn net.Conn) {
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(s.Patience)); err != nil {
		return
	}
	buf := make([]byte, 16<<10)
	for {
		n, err := conn.Read(buf)
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
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	server := &Server{Addr: "127.0.0.1:" + os.Getenv("PORT"), Patience: *patience}
	if err := server.ListenAndServe(ctx); err != nil {
		println(err.Error())
		os.Exit(1)
	}
}
