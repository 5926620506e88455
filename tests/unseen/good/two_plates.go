// Style: the reader fills one of two buffers again and again while a writer sends from them, but
// it takes a buffer only from the channel of those that have been sent.
//
// Profile: concurrent
// Port: $PORT
package main

import (
	"log"
	"net"
	"os"
	"time"
)

type plate struct {
	food [2750]byte
	n    int
}

func serve(conn net.Conn) {
	clean, full := make(chan *plate, 2), make(chan *plate, 2)
	clean <- new(plate)
	clean <- new(plate)
	go func() {
		defer conn.Close()
		broken := false
		for p := range full {
			if !broken {
				_, err := conn.Write(p.food[:p.n])
				broken = err != nil
			}
			clean <- p
		}
	}()
	defer close(full)
	for p := range clean {
		var err error
		if p.n, err = conn.Read(p.food[:]); err != nil {
			return
		}
		full <- p
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
		go serve(conn)
	}
}
