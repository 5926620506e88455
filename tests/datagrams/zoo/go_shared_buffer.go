/*
 * All goroutines share one buffer, and the next datagram overwrites what is not sent yet.
 *
 * Clause: datagram/to-the-sender
 * Trigger: two clients at once
 * Profile: sequential
 * Grade: nasty
 * Cause: shared-buffer
 */
package main

import (
	"net"
	"os"
	"time"
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
		if err != nil {
			continue
		}
		go func() {
			time.Sleep(time.Millisecond)
			socket.WriteTo(buffer[:n], peer)
		}()
	}
}
