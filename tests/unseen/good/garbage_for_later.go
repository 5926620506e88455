/*
Style: a fresh buffer of 32 KiB for each connection, which the collector takes back when it finds
    time
Profile: concurrent
Port: $PORT
*/

package main

import (
	"log"
	"net"
	"os"
	"time"
)

func echo(conn net.Conn) {
	defer conn.Close()
	buf := make([]byte, 32*1024)
	for {
		n, err := conn.Read(buf)
		if n > 0 {
			if _, err := conn.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
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
			time.Sleep(20 * time.Millisecond)
			continue
		}
		go echo(conn)
	}
}
