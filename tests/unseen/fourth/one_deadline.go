// Bug: SetDeadline() is called once, for the whole connection, and not for each read or write, so
//     every connection ends one second after it began.
// Cause: time-limit
// Caught by: shutdown/idle-kept
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

const timeout = time.Second

func serve(c *net.TCPConn) {
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(timeout)); err != nil {
		return
	}
	r := bufio.NewReaderSize(c, 4096)
	for {
		if _, err := r.Peek(1); err != nil {
			return
		}
		waiting, _ := r.Peek(r.Buffered())
		if _, err := c.Write(waiting); err != nil {
			log.Println(c.RemoteAddr(), err)
			return
		}
		r.Discard(len(waiting))
	}
}

func main() {
	addr, err := net.ResolveTCPAddr("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		log.Fatal(err)
	}
	l, err := net.ListenTCP("tcp", addr)
	if err != nil {
		log.Fatal(err)
	}
	for {
		c, err := l.AcceptTCP()
		if err != nil {
			log.Println(err)
			time.Sleep(100 * time.Millisecond)
			continue
		}
		go serve(c)
	}
}
