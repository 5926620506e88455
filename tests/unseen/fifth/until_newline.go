// Bug: ReadString waits for a line's end, so what has none is answered only when more comes, and
// the rest at the end of the stream is not answered at all.
// Cause: waits-for-newline
// Caught by: chunking/prompt
// Profile: concurrent
// Port: $PORT
package main

import (
	"bufio"
	"log"
	"net"
	"os"
	"time"
)

func handleConnection(conn net.Conn) {
	defer conn.Close()
	reader := bufio.NewReader(conn)
	for {
		message, err := reader.ReadString('\n')
		if err != nil {
			return
		}
		if _, err := conn.Write([]byte(message)); err != nil {
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
			log.Println(err)
			time.Sleep(100 * time.Millisecond)
			continue
		}
		go handleConnection(conn)
	}
}
