// Bug: a new bufio.Reader is made for each message; it takes up to 4,096 bytes from the connection,
//     1,500 of them are asked for, and what it still has goes away with it.
// Cause: rest-of-read-discarded
// Also: message-size-limit
// Profile: concurrent
// Port: $PORT
package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"time"
)

const mtu = 1500

func readMessage(conn net.Conn) ([]byte, error) {
	reader := bufio.NewReader(conn)
	message := make([]byte, mtu)
	n, err := reader.Read(message)
	return message[:n], err
}

func handleConnection(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	for {
		message, err := readMessage(conn)
		if err != nil {
			return
		}
		if _, err = conn.Write(message); err != nil {
			return
		}
	}
}

func main() {
	ln, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%s", os.Getenv("PORT")))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for {
		conn, err := ln.Accept()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			time.Sleep(200 * time.Millisecond)
			continue
		}
		go handleConnection(conn)
	}
}
