// Bug: when writing to a client fails the writing goroutine returns, and the reading one, which
//     waits for room in the channel, waits for ever and keeps the connection open.
// Cause: descriptor-leak, thread-leak
// Profile: concurrent
// Port: $PORT
package main

import (
	"bufio"
	"flag"
	"fmt"
	"net"
	"os"
	"time"
)

var depth = flag.Int("depth", 4, "chunks that may wait for one client")

func pumpIn(conn net.Conn, chunks chan<- []byte) {
	defer close(chunks)
	reader := bufio.NewReaderSize(conn, 64<<10)
	for {
		if _, err := reader.Peek(1); err != nil {
			return
		}
		chunk := make([]byte, reader.Buffered())
		n, _ := reader.Read(chunk)
		chunks <- chunk[:n]
	}
}

func pumpOut(conn net.Conn, chunks <-chan []byte) error {
	for chunk := range chunks {
		if _, err := conn.Write(chunk); err != nil {
			return err
		}
	}
	return nil
}

func serve(conn net.Conn) {
	defer conn.Close()
	chunks := make(chan []byte, *depth)
	written := make(chan error, 1)
	go func() { written <- pumpOut(conn, chunks) }()
	pumpIn(conn, chunks)
	<-written
}

func main() {
	flag.Parse()
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "echo:", err)
		os.Exit(1)
	}
	defer listener.Close()
	for {
		conn, err := listener.Accept()
		if err != nil {
			time.Sleep(10 * time.Millisecond)
			continue
		}
		go serve(conn)
	}
}
