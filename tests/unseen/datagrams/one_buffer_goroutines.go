// Bug: all goroutines send from the one buffer that the loop reads into, so an answer may have the
//     bytes of a later datagram
// Cause: shared-buffer
// Also: buffer-overwritten
// Profile: sequential
// Transport: udp
// Port: $PORT
package main

import (
	"log"
	"net"
	"os"
)

func main() {
	pc, err := net.ListenPacket("udp4", net.JoinHostPort("127.0.0.1", os.Getenv("PORT")))
	if err != nil {
		log.Fatal(err)
	}
	defer pc.Close()
	buf := make([]byte, 64*1024)
	for {
		n, peer, err := pc.ReadFrom(buf)
		if err != nil {
			log.Print(err)
			continue
		}
		go serve(pc, peer, buf[:n])
	}
}

func serve(pc net.PacketConn, peer net.Addr, data []byte) {
	if _, err := pc.WriteTo(data, peer); err != nil {
		log.Print(err)
	}
}
