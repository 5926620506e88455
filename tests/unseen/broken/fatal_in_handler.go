/*
Bug: an error of one connection goes to log.Fatal, which ends the whole process.
Cause: client-error-ends-server
Also: crash-on-reset
Caught by: resilience/reset-idle
Profile: concurrent
Port: 24003
*/

package main

import (
	"errors"
	"io"
	"log"
	"net"
	"time"
)

func check(err error) {
	if err != nil && !errors.Is(err, io.EOF) {
		log.Fatal("Fatal error: ", err)
	}
}

func handleClient(conn net.Conn) {
	defer conn.Close()
	var buf [512]byte
	for {
		n, err := conn.Read(buf[0:])
		check(err)
		if n == 0 {
			return
		}
		_, err = conn.Write(buf[0:n])
		check(err)
	}
}

func main() {
	tcpAddr, err := net.ResolveTCPAddr("tcp4", "127.0.0.1:24003")
	check(err)
	listener, err := net.ListenTCP("tcp", tcpAddr)
	check(err)
	for {
		conn, err := listener.Accept()
		if err != nil {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		go handleClient(conn)
	}
}
