// Bug: SetDeadline() is called once when a client has come, and a deadline is a moment and not a
//     time of silence: five seconds later the connection ends, however busy it is.
// Cause: time-limit, idle-timeout
// Profile: concurrent
// Port: $PORT
package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

type Config struct {
	Host    string
	Port    string
	Timeout time.Duration
	BufSize int
}

func defaults() Config {
	return Config{Host: "127.0.0.1", Port: os.Getenv("PORT"), Timeout: 5 * time.Second, BufSize: 8192}
}

type EchoServer struct {
	cfg      Config
	listener net.Listener
}

func (e *EchoServer) Start() error {
	var err error
	e.listener, err = net.Listen("tcp", net.JoinHostPort(e.cfg.Host, e.cfg.Port))
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	for {
		conn, err := e.listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return nil
		case err != nil:
			time.Sleep(20 * time.Millisecond)
		default:
			go e.handle(conn)
		}
	}
}

func (e *EchoServer) handle(conn net.Conn) {
	defer conn.Close()

	// Don't let dead peers hold a goroutine for ever.
	if err := conn.SetDeadline(time.Now().Add(e.cfg.Timeout)); err != nil {
		return
	}

	buf := make([]byte, e.cfg.BufSize)
	for {
		n, err := conn.Read(buf)
		if n > 0 {
			if _, err := conn.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				fmt.Println(conn.RemoteAddr(), err)
			}
			return
		}
	}
}

func main() {
	server := &EchoServer{cfg: defaults()}
	if err := server.Start(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}
