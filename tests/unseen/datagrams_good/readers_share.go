// Style: UDP; four goroutines read the same socket, each into a buffer of its own
// Profile: sequential
// Transport: udp
// Port: $PORT
package main

import (
	"errors"
	"log"
	"net"
	"os"
	"sync"
)

func worker(conn *net.UDPConn) {
	buffer := make([]byte, 65507)
	for {
		n, peer, err := conn.ReadFromUDPAddrPort(buffer)
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			log.Print(err)
		default:
			if _, err := conn.WriteToUDPAddrPort(buffer[:n], peer); err != nil {
				log.Print(err)
			}
		}
	}
}

func main() {
	address, err := net.ResolveUDPAddr("udp4", net.JoinHostPort("127.0.0.1", os.Getenv("PORT")))
	if err != nil {
		log.Fatal(err)
	}
	conn, err := net.ListenUDP("udp4", address)
	if err != nil {
		log.Fatal(err)
	}
	var all sync.WaitGroup
	for i := 0; i < 4; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			worker(conn)
		}()
	}
	all.Wait()
}
