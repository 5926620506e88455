// Bug: the data is the format of Fprintf(), so percent signs in it are replaced; and a client that
//     is silent for a second is closed.
// Cause: format-string
// Cause: idle-timeout
// Profile: concurrent
// Port: 20113
package main

import (
	"fmt"
	"log"
	"net"
	"time"
)

type Echo struct {
	Timeout time.Duration
}

func (e Echo) Handle(c net.Conn) error {
	defer c.Close()
	b := make([]byte, 2048)
	for {
		c.SetReadDeadline(time.Now().Add(e.Timeout))
		n, err := c.Read(b)
		if err != nil {
			return err
		}
		if _, err = fmt.Fprintf(c, string(b[:n])); err != nil {
			return err
		}
	}
}

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:20113")
	if err != nil {
		log.Fatalln(err)
	}
	e := Echo{Timeout: time.Second}
	for {
		c, err := l.Accept()
		if err != nil {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		go e.Handle(c)
	}
}
