/*
 * A goroutine for each datagram, with a buffer of its own.
 *
 * Style: Go, goroutines
 * Profile: sequential
 */
package main

import (
	"net"
	"os"
)

func main() {
	port := os.Getenv("PORT")
	if port == "" {
		port = "0"
	}
	socket, err := net.ListenPacket("udp4", "127.0.0.1:"+port)
	if err != nil {
		panic(err)
	}
	for {
		buffer := make([]byte, 65535)
		n, peer, err := socket.ReadFrom(buffer)
		if err == nil {
			go socket.WriteTo(buffer[:n], peer)
		}
	}
}
