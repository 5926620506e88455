/*
Bug: what is sent back is read from the keyboard (os.Stdin) and not from the connection; the
    client gets nothing.
Cause: input-for-recv
Caught by: identity/hello
Profile: concurrent
Port: $PORT
*/

package main

import (
	"bufio"
	"log"
	"net"
	"os"
	"time"
)

func talk(conn net.Conn) {
	defer conn.Close()
	reader := bufio.NewReader(os.Stdin)
	for {
		text, err := reader.ReadString('\n')
		if err != nil {
			log.Println(err)
			return
		}
		if _, err := conn.Write([]byte(text)); err != nil {
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
		go talk(conn)
	}
}
