/*
Bug: all goroutines read into one buffer of the package, so busy clients get each other's bytes;
    and after 2 MiB a connection is closed.
Cause: shared-buffer
Cause: bytes-quota
Caught by: sessions/no-crosstalk, identity/long-stream
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

var scratch [64 * 1024]byte

func relay(conn net.Conn) {
	defer conn.Close()
	limited := &io.LimitedReader{R: conn, N: 2 << 20}
	for {
		n, err := limited.Read(scratch[:])
		if err != nil {
			return
		}
		time.Sleep(time.Microsecond)
		if _, err := conn.Write(scratch[:n]); err != nil {
			return
		}
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
			time.Sleep(50 * time.Millisecond)
			continue
		}
		go relay(conn)
	}
}
