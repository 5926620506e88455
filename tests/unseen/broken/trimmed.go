/*
Bug: bytes.TrimSpace takes away spaces, tabs and newlines at both ends of what was read.
Cause: strips-whitespace
Caught by: identity/edge-whitespace
Profile: concurrent
Port: 24006
*/

package main

import (
	"bytes"
	"log"
	"net"
	"time"
)

func process(request []byte) []byte {
	return bytes.TrimSpace(request)
}

func session(conn *net.TCPConn) {
	defer conn.Close()
	buf := make([]byte, 4096)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		if _, err := conn.Write(process(buf[:n])); err != nil {
			return
		}
	}
}

func main() {
	ln, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.ParseIP("127.0.0.1"), Port: 24006})
	if err != nil {
		log.Fatal(err)
	}
	for {
		conn, err := ln.AcceptTCP()
		if err != nil {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		go session(conn)
	}
}
