// Bug: File() makes a copy of the connection's descriptor to set an option, and nobody closes the
//     copy: the client does not see the end until the garbage collector happens to find it.
// Cause: copy-kept-open
// Also: never-closes, descriptor-leak
// Profile: concurrent
// Port: $PORT
package main

import (
	"io"
	"log"
	"net"
	"os"
	"syscall"
	"time"
)

// tune asks for quick acknowledgements; net has no method for that.
func tune(c *net.TCPConn) error {
	f, err := c.File()
	if err != nil {
		return err
	}
	return syscall.SetsockoptInt(int(f.Fd()), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1)
}

func serve(c *net.TCPConn) {
	defer c.Close()
	if err := tune(c); err != nil {
		log.Printf("cannot tune %s: %v", c.RemoteAddr(), err)
	}
	buf := make([]byte, 4096)
	if _, err := io.CopyBuffer(struct{ io.Writer }{c}, struct{ io.Reader }{c}, buf); err != nil {
		log.Print(err)
	}
}

func main() {
	addr, err := net.ResolveTCPAddr("tcp4", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		log.Fatal(err)
	}
	l, err := net.ListenTCP("tcp4", addr)
	if err != nil {
		log.Fatal(err)
	}
	for {
		c, err := l.AcceptTCP()
		if err != nil {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		go serve(c)
	}
}
