/*
Bug: io.Copy from a connection to a connection lets the kernel move the bytes (splice), and that
    reports the end of the stream at an urgent byte; the client is hung up on.
Cause: urgent-data
Caught by: resilience/urgent-data
Profile: concurrent
Port: 24010
*/

package main

import (
	"io"
	"log"
	"net"
	"time"
)

func main() {
	ln, err := net.Listen("tcp", "127.0.0.1:24010")
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
		go func(c net.Conn) {
			defer c.Close()
			n, err := io.Copy(c, c)
			log.Print(c.RemoteAddr(), " ", n, " bytes, error: ", err)
		}(conn)
	}
}
