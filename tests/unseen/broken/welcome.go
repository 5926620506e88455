/*
Bug: the server greets each client with a line before it echoes.
Cause: banner
Caught by: identity/nothing-extra
Profile: concurrent
Port: $PORT
*/

package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"time"
)

// plain hides ReadFrom, so that io.Copy reads and writes in the ordinary way.
type plain struct{ io.Writer }

func main() {
	ln, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%s", os.Getenv("PORT")))
	if err != nil {
		log.Fatal(err)
	}
	for n := 1; ; n++ {
		conn, err := ln.Accept()
		if err != nil {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		go func(conn net.Conn, n int) {
			defer conn.Close()
			fmt.Fprintf(conn, "Welcome, you are visitor number %d!\r\n", n)
			io.Copy(plain{conn}, conn)
		}(conn, n)
	}
}
