// Style: as in a container: the collector's percentage is off, and a memory limit of 96 MiB calls
//     it; each client has a buffer of its own that is garbage afterwards.
// Profile: concurrent
// Port: 29513
package main

import (
	"net"
	"runtime/debug"
	"time"
)

func serve(c net.Conn) {
	defer c.Close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := c.Read(buffer)
		if n > 0 {
			if _, err := c.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func main() {
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(96 << 20)
	l, err := net.Listen("tcp", "127.0.0.1:29513")
	if err != nil {
		panic(err)
	}
	for {
		c, err := l.Accept()
		if err != nil {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		go serve(c)
	}
}
