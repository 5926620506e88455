// Bug: bufio.Scanner hands out whole lines, so what has no line end yet is not answered.
// Cause: waits-for-newline
// Also: line-ends-dropped, newline-translated
// Beside: message-size-limit, prefix-or-suffix
// Caught by: chunking/prompt
// Profile: concurrent
// Port: 29022
package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"time"
)

const address = "127.0.0.1:29022"

func handleConnection(conn net.Conn) {
	defer conn.Close()
	fmt.Printf("Serving %s\n", conn.RemoteAddr())
	scanner := bufio.NewScanner(conn)
	for scanner.Scan() {
		if _, err := fmt.Fprintf(conn, "%s\n", scanner.Text()); err != nil {
			return
		}
	}
	if err := scanner.Err(); err != nil {
		fmt.Println("error:", err)
	}
}

func main() {
	l, err := net.Listen("tcp4", address)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	defer l.Close()
	for {
		c, err := l.Accept()
		if err != nil {
			fmt.Println(err)
			time.Sleep(100 * time.Millisecond)
			continue
		}
		go handleConnection(c)
	}
}
