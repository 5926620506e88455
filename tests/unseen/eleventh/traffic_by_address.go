// Bug: the goroutines of all clients write to one map without a lock, and the runtime of Go ends the
//     program when two do so at the same time
// Cause: crash
// Profile: concurrent
// Port: $PORT
package main

import (
	"fmt"
	"net"
	"os"
	"time"
)

// Traffic counts bytes by the address of the client.
type Traffic struct {
	bytes map[string]uint64
}

func NewTraffic() *Traffic {
	return &Traffic{bytes: make(map[string]uint64)}
}

func (t *Traffic) Add(addr string, n int) {
	t.bytes[addr] += uint64(n)
}

func (t *Traffic) Remove(addr string) {
	delete(t.bytes, addr)
}

// Busiest returns the client with the most bytes, and how many these are.
func (t *Traffic) Busiest() (string, uint64) {
	var busiest string
	var most uint64
	for addr, n := range t.bytes {
		if n > most {
			busiest, most = addr, n
		}
	}
	return busiest, most
}

func handleConnection(conn net.Conn, traffic *Traffic) {
	addr := conn.RemoteAddr().String()
	defer func() {
		conn.Close()
		if busiest, _ := traffic.Busiest(); busiest == addr {
			fmt.Println("The busiest client has left:", addr)
		}
		traffic.Remove(addr)
	}()

	buffer := make([]byte, 2048)
	for {
		n, err := conn.Read(buffer)
		if err != nil {
			return
		}
		traffic.Add(addr, n)
		if _, err = conn.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func main() {
	listener, err := net.Listen("tcp4", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		fmt.Println("Error listening:", err.Error())
		os.Exit(1)
	}
	defer listener.Close()

	traffic := NewTraffic()
	fmt.Println("Listening on", listener.Addr())
	for {
		conn, err := listener.Accept()
		if err != nil {
			fmt.Println("Error accepting:", err.Error())
			time.Sleep(100 * time.Millisecond)
			continue
		}
		go handleConnection(conn, traffic)
	}
}
