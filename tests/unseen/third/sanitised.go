// Bug: what was read goes through strings.ToValidUTF8, which puts a '?' in the place of bytes that
//     are no UTF-8.
// Cause: lossy-decoding
// Also: decodes-each-read
// Caught by: identity/invalid-utf8
// Profile: concurrent
// Port: 21873
package main

import (
	"io"
	"log"
	"net"
	"strings"
	"time"
)

// clean makes sure that nothing strange gets into the terminal of the client.
func clean(raw []byte) string {
	return strings.ToValidUTF8(string(raw), "?")
}

func session(c net.Conn) {
	defer c.Close()
	raw := make([]byte, 3500)
	for {
		n, err := c.Read(raw)
		if n > 0 {
			if _, werr := io.WriteString(c, clean(raw[:n])); werr != nil {
				log.Println("write:", werr)
				return
			}
		}
		if err != nil {
			if err != io.EOF {
				log.Println("read:", err)
			}
			return
		}
	}
}

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:21873")
	if err != nil {
		log.Fatalln(err)
	}
	for {
		c, err := l.Accept()
		if err != nil {
			log.Println("accept:", err)
			time.Sleep(time.Second / 10)
			continue
		}
		go session(c)
	}
}
