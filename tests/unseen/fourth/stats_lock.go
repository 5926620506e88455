// Bug: the way out after an error of a client leaves the mutex of the statistics locked, so everybody
//     else waits for it at the next message.
// Cause: lock-kept
// Caught by: sessions/churn
// Profile: concurrent
// Port: 29023
package main

import (
	"io"
	"log"
	"net"
	"sync"
	"time"
)

type stats struct {
	sync.Mutex
	bytes  int64
	errors int64
}

var total stats

func echo(conn net.Conn) {
	defer conn.Close()
	buf := make([]byte, 2048)
	for {
		n, err := conn.Read(buf)
		if n > 0 && err == nil {
			_, err = conn.Write(buf[:n])
		}
		total.Lock()
		total.bytes += int64(n)
		if err == io.EOF {
			total.Unlock()
			return
		}
		if err != nil {
			total.errors++
			log.Print(err)
			return
		}
		total.Unlock()
	}
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:29023")
	if err != nil {
		log.Fatalln(err)
	}
	log.Println("listening on port 29023")
	for {
		conn, err := listener.Accept()
		if err != nil {
			log.Print("accept: ", err)
			time.Sleep(time.Second / 10)
			continue
		}
		go echo(conn)
	}
}
