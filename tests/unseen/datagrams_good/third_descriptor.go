// Style: socket-activation; takes descriptor 3 if LISTEN_PID is its own, and ends its side of a
//     connection on its own before it closes
// Profile: concurrent
// Launch: socket-activation
// Port: none
package main

import (
	"errors"
	"io"
	"log"
	"net"
	"os"
	"strconv"
	"time"
)

func passed() (net.Listener, error) {
	if pid, err := strconv.Atoi(os.Getenv("LISTEN_PID")); err != nil || pid != os.Getpid() {
		return nil, errors.New("LISTEN_PID is not ours")
	}
	if os.Getenv("LISTEN_FDS") != "1" {
		return nil, errors.New("one descriptor is expected")
	}
	file := os.NewFile(3, "LISTEN_FD_3")
	defer file.Close()
	return net.FileListener(file)
}

func serve(conn *net.TCPConn) {
	defer conn.Close()
	piece := make([]byte, 32*1024)
	for {
		n, err := conn.Read(piece)
		if n > 0 {
			if _, err := conn.Write(piece[:n]); err != nil {
				return
			}
		}
		if err == io.EOF {
			conn.CloseWrite()
			return
		}
		if err != nil {
			return
		}
	}
}

func main() {
	listener, err := passed()
	if err != nil {
		log.Fatal(err)
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			time.Sleep(10 * time.Millisecond)
			continue
		}
		go serve(conn.(*net.TCPConn))
	}
}
