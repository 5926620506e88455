/*
Bug: each client is welcomed; each answer has a newline behind it; and nobody closes a connection
    whose client has ended.
Cause: banner
Cause: prefix-or-suffix
Cause: never-closes
Beside: descriptor-leak
Caught by: identity/nothing-extra, identity/hello, shutdown/after-echo
Profile: concurrent
Port: $PORT
*/

package main

import (
	"fmt"
	"net"
	"os"
	"time"
)

var all []net.Conn

func listen(conn net.Conn) {
	fmt.Fprint(conn, "welcome\n")
	b := make([]byte, 65536)
	for {
		n, err := conn.Read(b)
		if err != nil {
			return
		}
		if _, err := conn.Write(append(b[:n:n], '\n')); err != nil {
			return
		}
	}
}

func main() {
	ln, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", os.Getenv("PORT")))
	if err != nil {
		panic(err)
	}
	for {
		conn, err := ln.Accept()
		if err != nil {
			time.Sleep(time.Second / 20)
			continue
		}
		all = append(all, conn)
		go listen(conn)
	}
}
