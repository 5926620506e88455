/*
Bug: when Accept fails, because there is no descriptor left for a moment, the server ends with
    log.Fatal and takes all connections with it.
Cause: accept-error-ends
Also: descriptor-famine
Caught by: resilience/descriptor-famine
Profile: concurrent
Port: $PORT
*/

package main

import (
	"io"
	"log"
	"net"
	"os"
)

// plain hides ReadFrom, so that io.Copy reads and writes in the ordinary way.
type plain struct{ io.Writer }

func main() {
	listener, err := net.Listen("tcp", "localhost:"+os.Getenv("PORT"))
	if err != nil {
		log.Fatal(err)
	}
	defer listener.Close()
	for {
		conn, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go func(c net.Conn) {
			io.Copy(plain{c}, c)
			c.Close()
		}(conn)
	}
}
