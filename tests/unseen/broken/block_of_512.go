/*
Bug: as in TFTP, a block of exactly 512 bytes means "more will follow" and is kept until the next;
    a message of that size is not answered until the client sends something more.
Cause: exact-size
Caught by: none today
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

const blockSize = 512

func transfer(conn net.Conn) {
	defer conn.Close()
	var held []byte
	block := make([]byte, 64*1024)
	for {
		n, err := conn.Read(block)
		if n == blockSize {
			held = append(held, block[:n]...)
			continue
		}
		if len(held)+n > 0 {
			if _, err := conn.Write(append(held, block[:n]...)); err != nil {
				return
			}
			held = nil
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
			time.Sleep(50 * time.Millisecond)
			continue
		}
		go transfer(conn)
	}
}
