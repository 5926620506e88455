/*
Bug: the reader is an io.LimitReader of one MiB; after that many bytes the connection is closed.
Cause: bytes-quota
Caught by: identity/long-stream
Profile: concurrent
Port: $PORT
*/

package main

import (
	"io"
	"log"
	"net"
	"os"
	"time"
)

const maxRequest = 1 << 20

// plain hides ReadFrom, so that io.Copy reads and writes in the ordinary way.
type plain struct{ io.Writer }

func echo(conn net.Conn) {
	defer conn.Close()
	if _, err := io.Copy(plain{conn}, io.LimitReader(conn, maxRequest)); err != nil {
		log.Println(err)
	}
}

func main() {
	ln, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		log.Fatal(err)
	}
	for {
		conn, err := ln.Accept()
		if err != nil {
			log.Println(err)
			time.Sleep(50 * time.Millisecond)
			continue
		}
		go echo(conn)
	}
}
