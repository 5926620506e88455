/*
Bug: SIGTERM is caught and written to the log, and nothing ends; the server has to be killed.
Cause: sigterm-ignored
Caught by: resilience/terminates
Profile: concurrent
Port: 24008
*/

package main

import (
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// plain hides ReadFrom, so that io.Copy reads and writes in the ordinary way.
type plain struct{ io.Writer }

func main() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		for s := range signals {
			log.Printf("received %v, shutting down", s)
		}
	}()
	ln, err := net.Listen("tcp", "127.0.0.1:24008")
	if err != nil {
		log.Fatal(err)
	}
	for {
		conn, err := ln.Accept()
		if err != nil {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		go func() {
			defer conn.Close()
			io.Copy(plain{conn}, conn)
		}()
	}
}
