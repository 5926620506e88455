// Style: as the guide of the collector recommends for containers: its percentage is off, and a
//     memory limit of 256 MiB calls it. The heap grows to that with the first 4,000 clients, and
//     stays there.
// Profile: concurrent
// Port: 29514
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
	debug.SetMemoryLimit(256 << 20)
	l, err := net.Listen("tcp", "127.0.0.1:29514")
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
