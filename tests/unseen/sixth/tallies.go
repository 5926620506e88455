// Bug: all goroutines count bytes in one map without a lock; when two do so in the same moment the
//     runtime ends the program ("concurrent map writes").
// Cause: crash
// Profile: concurrent
// Port: $PORT
package main

import (
	"fmt"
	"net"
	"os"
	"time"
)

var bytesBy = map[string]int{}

func count(who string, n int) {
	bytesBy[who] += n
	if len(bytesBy) > 1000 {
		for other := range bytesBy {
			delete(bytesBy, other)
		}
	}
}

func serveClient(conn net.Conn) {
	defer conn.Close()
	who := conn.RemoteAddr().String()
	buffer := make([]byte, 1024)
	for {
		length, err := conn.Read(buffer)
		if err != nil {
			return
		}
		count(who, length)
		_, err = conn.Write(buffer[:length])
		if err != nil {
			return
		}
	}
}

func main() {
	listener, err := net.Listen("tcp", "localhost:"+os.Getenv("PORT"))
	if err != nil {
		fmt.Println("Error listening:", err.Error())
		os.Exit(1)
	}
	defer listener.Close()
	for {
		conn, err := listener.Accept()
		if err != nil {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		go serveClient(conn)
	}
}
