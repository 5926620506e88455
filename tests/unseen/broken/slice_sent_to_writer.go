/*
Bug: the slice that goes through the channel to the writer is a part of the reader's only buffer,
    and the next Read overwrites it while it waits there; bytes come back in the wrong places.
Cause: buffer-overwritten
Caught by: partial-send/stalled-reader
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

func reader(conn net.Conn, out chan<- []byte, stop <-chan struct{}) {
	defer close(out)
	buf := make([]byte, 16*1024)
	for {
		n, err := conn.Read(buf)
		if n > 0 {
			select {
			case out <- buf[:n]:
			case <-stop:
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func writer(conn net.Conn, in <-chan []byte, stop chan<- struct{}) {
	defer conn.Close()
	defer close(stop)
	for data := range in {
		if _, err := conn.Write(data); err != nil {
			return
		}
	}
}

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		log.Fatal(err)
	}
	for {
		conn, err := l.Accept()
		if err != nil {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		ch, stop := make(chan []byte, 8), make(chan struct{})
		go reader(conn, ch, stop)
		go writer(conn, ch, stop)
	}
}
