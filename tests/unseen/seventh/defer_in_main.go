// Bug: "defer conn.Close()" stands in the accept loop of main and not in the function of the
//     connection, so no connection is closed before main returns, which it never does.
// Cause: never-closes
// Also: descriptor-leak
// Profile: concurrent
// Port: $PORT
package main

import (
	"io"
	"log"
	"net"
	"os"
	"time"
)

func echo(conn net.Conn) {
	buf := make([]byte, 32*1024)
	for {
		n, err := conn.Read(buf)
		if n > 0 {
			if _, werr := conn.Write(buf[:n]); werr != nil {
				log.Println("write:", werr)
				return
			}
		}
		if err == io.EOF {
			return
		}
		if err != nil {
			log.Println("read:", err)
			return
		}
	}
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		log.Fatal(err)
	}
	defer listener.Close()

	for {
		conn, err := listener.Accept()
		if err != nil {
			log.Println("accept:", err)
			time.Sleep(100 * time.Millisecond)
			continue
		}
		defer conn.Close()

		go echo(conn)
	}
}
