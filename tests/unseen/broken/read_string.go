/*
Bug: ReadBytes('\n') waits for a newline; a message without one is answered only at the end.
Cause: waits-for-newline
Caught by: chunking/prompt
Profile: concurrent
Port: 24001
*/

package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"time"
)

func handleConnection(c net.Conn) {
	fmt.Printf("Serving %s\n", c.RemoteAddr().String())
	defer c.Close()
	reader := bufio.NewReader(c)
	for {
		line, err := reader.ReadBytes('\n')
		if len(line) > 0 {
			if _, werr := c.Write(line); werr != nil {
				fmt.Println(werr)
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func main() {
	l, err := net.Listen("tcp4", "127.0.0.1:24001")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	defer l.Close()
	for {
		c, err := l.Accept()
		if err != nil {
			fmt.Println(err)
			time.Sleep(time.Second / 10)
			continue
		}
		go handleConnection(c)
	}
}
