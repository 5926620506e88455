// Echo of datagrams with the standard library.
package main

import (
	"log"
	"net"
	"os"
)

func main() {
	socket, err := net.ListenPacket("udp", net.JoinHostPort(os.Args[1], os.Args[2]))
	if err != nil {
		log.Fatal(err)
	}
	buffer := make([]byte, 65536)
	for {
		size, peer, err := socket.ReadFrom(buffer)
		if err != nil {
			log.Fatal(err)
		}
		if _, err := socket.WriteTo(buffer[:size], peer); err != nil {
			log.Print(err)
		}
	}
}
