/*
 * A PacketConn, and one goroutine that reads and answers.
 *
 * Style: Go
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
	buffer := make([]byte, 65535)
	for {
		n, peer, err := socket.ReadFrom(buffer)
		if err == nil {
			socket.WriteTo(buffer[:n], peer)
		}
	}
}
