// Bug: the semaphore of 24 places is released only when a client ends in order; one that resets
// keeps its place for ever, and after 24 of those nobody is served.
//
// Cause: lock-kept
// Also: connections-used-up, workers-die
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

const places = 24

var turnstile = make(chan struct{}, places)

func enter() { turnstile <- struct{}{} }
func leave() { <-turnstile }

func serve(conn net.Conn) error {
	defer conn.Close()
	buf := make([]byte, 9000)
	for {
		n, err := conn.Read(buf)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if _, err = conn.Write(buf[:n]); err != nil {
			return err
		}
	}
	leave()
	return nil
}

func main() {
	ln, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		log.Fatalln("listen:", err)
	}
	for {
		enter()
		conn, err := ln.Accept()
		if err != nil {
			leave()
			time.Sleep(100 * time.Millisecond)
			continue
		}
		go func() {
			if err := serve(conn); err != nil {
				log.Println("client:", err)
			}
		}()
	}
}
