/*
Bug: the buffer is a variable of the package, and all goroutines read into it; clients that are
    busy at the same time get each other's bytes.
Cause: shared-buffer
Caught by: sessions/no-crosstalk
Profile: concurrent
Port: 24005
*/

package main

import (
	"log"
	"net"
	"runtime"
	"time"
)

var buffer = make([]byte, 32*1024)

func echoLoop(conn net.Conn) {
	defer conn.Close()
	for {
		n, err := conn.Read(buffer)
		if err != nil {
			return
		}
		runtime.Gosched()
		if _, err = conn.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func main() {
	ln, err := net.Listen("tcp", "127.0.0.1:24005")
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
		go echoLoop(conn)
	}
}
