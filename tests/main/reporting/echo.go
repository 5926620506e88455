// An echo server that counts without a lock.

package main

import (
	"net"
	"os"
)

var served int

func serve(c net.Conn) {
	defer c.Close()
	b := make([]byte, 4096)
	for {
		n, err := c.Read(b)
		if n > 0 {
			for i := 0; i < 2000; i++ { // for a while: reads and writes order goroutines
				served++
			}
			if _, e := c.Write(b[:n]); e != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		panic(err)
	}
	for {
		c, err := l.Accept()
		if err != nil {
			continue
		}
		go serve(c)
	}
}
