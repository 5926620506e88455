/*
Bug: each answer begins with "echo: ".
Cause: prefix-or-suffix
Caught by: identity/hello
Profile: concurrent
Port: 24009
*/

package main

import (
	"fmt"
	"log"
	"net"
	"time"
)

func main() {
	server, err := net.Listen("tcp", "127.0.0.1:24009")
	if err != nil {
		log.Fatal(err)
	}
	for {
		client, err := server.Accept()
		if err != nil {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		go func() {
			defer client.Close()
			request := make([]byte, 4096)
			for {
				n, err := client.Read(request)
				if err != nil {
					return
				}
				if _, err := fmt.Fprintf(client, "echo: %s", request[:n]); err != nil {
					return
				}
			}
		}()
	}
}
