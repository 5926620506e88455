// Bug: each write has a deadline of 800 milliseconds, so a client that takes its data slowly, or
//     stops for a second, is disconnected and loses the rest.
// Cause: gives-up-on-slow-reader
// Also: would-block-closes
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

const writeTimeout = 800 * time.Millisecond

func echo(conn net.Conn) error {
	defer conn.Close()
	buf := make([]byte, 9000)
	for {
		n, err := conn.Read(buf)
		if n > 0 {
			if err := conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
				return err
			}
			if _, err := conn.Write(buf[:n]); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func main() {
	ln, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", os.Getenv("PORT")))
	if err != nil {
		log.Fatal(err)
	}
	for {
		conn, err := ln.Accept()
		if err != nil {
			log.Print(err)
			time.Sleep(50 * time.Millisecond)
			continue
		}
		go func() {
			if err := echo(conn); err != nil {
				log.Print(err)
			}
		}()
	}
}
