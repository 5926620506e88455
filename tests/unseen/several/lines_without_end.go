/*
Bug: a bufio.Scanner waits for whole lines and takes the carriage return off with the newline;
    what is sent back ends with "\n" only.
Cause: waits-for-newline
Cause: newline-translated, line-ends-dropped, strips-whitespace
Also: message-size-limit
Caught by: chunking/prompt, identity/newlines
Profile: concurrent
Port: 24101
*/

package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"time"
)

func handleRequest(conn net.Conn) {
	defer conn.Close()
	scanner := bufio.NewScanner(conn)
	scanner.Buffer(make([]byte, 4096), 64*1024*1024)
	for scanner.Scan() {
		if _, err := fmt.Fprintln(conn, scanner.Text()); err != nil {
			return
		}
	}
}

func main() {
	l, err := net.Listen("tcp", "localhost:24101")
	if err != nil {
		fmt.Println("Error listening:", err.Error())
		os.Exit(1)
	}
	for {
		conn, err := l.Accept()
		if err != nil {
			fmt.Println("Error accepting: ", err.Error())
			time.Sleep(100 * time.Millisecond)
			continue
		}
		go handleRequest(conn)
	}
}
