/*
 * A slice of 1024 bytes.
 *
 * Clause: datagram/up-to-mtu
 * Trigger: more than 1024 bytes
 * Profile: sequential
 * Grade: realistic
 * Cause: datagram-buffer-small
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
	buffer := make([]byte, 1024)
	for {
		n, peer, err := socket.ReadFrom(buffer)
		if err == nil {
			socket.WriteTo(buffer[:n], peer)
		}
	}
}
