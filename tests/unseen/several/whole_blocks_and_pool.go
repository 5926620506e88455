/*
Bug: sixteen bytes are waited for before anything is answered; and only four clients are served at
    once.
Cause: waits-for-full-buffer, fixed-message-size
Cause: connection-limit
Caught by: chunking/prompt, sessions/simultaneous
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

func worker(clients <-chan net.Conn) {
	for c := range clients {
		block := make([]byte, 16)
		for {
			n, err := io.ReadFull(c, block)
			if n > 0 {
				if _, wrong := c.Write(block[:n]); wrong != nil {
					break
				}
			}
			if err != nil {
				break
			}
		}
		c.Close()
	}
}

func main() {
	listener, err := net.Listen("tcp4", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		log.Fatalln(err)
	}
	clients := make(chan net.Conn)
	for i := 0; i < 4; i++ {
		go worker(clients)
	}
	for {
		c, err := listener.Accept()
		if err != nil {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		clients <- c
	}
}
