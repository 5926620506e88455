// Bug: the bytes are divided by the whole seconds that the connection has lasted; a connection of
//     less than one second makes that a division by zero, a panic which ends the whole server.
// Cause: crash
// Profile: concurrent
// Port: $PORT
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

func report(peer net.Addr, bytes int64, start time.Time) {
	seconds := int64(time.Since(start).Seconds())
	fmt.Printf("%v: %d bytes, %d bytes/s\n", peer, bytes, bytes/seconds)
}

func handle(conn net.Conn) {
	defer conn.Close()
	start := time.Now()
	bytes, err := io.Copy(conn, conn)
	if err != nil {
		fmt.Println(conn.RemoteAddr(), err)
	}
	report(conn.RemoteAddr(), bytes, start)
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			fmt.Println(err)
			time.Sleep(100 * time.Millisecond)
			continue
		}
		go handle(conn)
	}
}
