// Style: an io.Pipe between two goroutines for each client: one copies into it, the other out of it,
//     and either tells the other through the pipe that it has ended.
// Profile: concurrent
// Port: 29108
package main

import (
	"io"
	"log"
	"net"
	"time"
)

const where = "127.0.0.1:29108"

func serve(conn net.Conn) {
	defer conn.Close()
	r, w := io.Pipe()
	read := make(chan struct{})
	go func() {
		defer close(read)
		_, err := io.CopyBuffer(struct{ io.Writer }{w}, struct{ io.Reader }{conn}, make([]byte, 1111))
		w.CloseWithError(err) // io.EOF for the other side if err is nil
	}()
	_, err := io.Copy(conn, r)
	r.CloseWithError(err)
	if err != nil {
		conn.Close() // the other goroutine may wait in Read
	}
	<-read
}

func main() {
	listener, err := net.Listen("tcp", where)
	if err != nil {
		log.Fatal(err)
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		go serve(conn)
	}
}
