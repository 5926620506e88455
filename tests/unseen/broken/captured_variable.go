/*
Bug: conn is declared outside the loop and the goroutines use that one variable; when two clients
    come together one of them is never served, or two goroutines serve the other.
Cause: shared-loop-variable
Caught by: sessions/simultaneous
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

func main() {
	var (
		conn net.Conn
		err  error
	)
	ln, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for {
		conn, err = ln.Accept()
		if err != nil {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		go func() {
			defer conn.Close()
			buf := make([]byte, 2048)
			for {
				n, err := conn.Read(buf)
				if err != nil {
					return
				}
				if _, err = conn.Write(buf[:n]); err != nil {
					return
				}
			}
		}()
	}
}
