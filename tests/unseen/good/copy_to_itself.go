/*
Style: a goroutine for each client and one io.Copy with a buffer of odd size; prints what it did
Profile: concurrent
Port: 24201
*/

package main

import (
	"io"
	"log"
	"net"
	"time"
)

type onlyReader struct{ io.Reader }
type onlyWriter struct{ io.Writer }

func main() {
	ln, err := net.Listen("tcp", "127.0.0.1:24201")
	if err != nil {
		log.Fatal(err)
	}
	for {
		conn, err := ln.Accept()
		if err != nil {
			log.Println("accept failed, trying again:", err)
			time.Sleep(20 * time.Millisecond)
			continue
		}
		go func() {
			defer conn.Close()
			buf := make([]byte, 4097)
			n, err := io.CopyBuffer(onlyWriter{conn}, onlyReader{conn}, buf)
			log.Println(conn.RemoteAddr(), n, err)
		}()
	}
}
