// Bug: the bytes are read as runes and written as runes; each byte that is no UTF-8 becomes the
//     three bytes of U+FFFD.
// Cause: lossy-decoding
// Also: decodes-text, partial-held-back
// Profile: sequential
// Port: $PORT
package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"time"
)

// echoRunes copies character after character, so that umlauts are never split.
func echoRunes(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	out := bufio.NewWriter(conn)
	defer out.Flush()

	for {
		r, _, err := in.ReadRune()
		if err != nil {
			return
		}
		if _, err := out.WriteRune(r); err != nil {
			return
		}
		if in.Buffered() == 0 {
			if err := out.Flush(); err != nil {
				return
			}
		}
	}
}

func main() {
	ln, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for {
		conn, err := ln.Accept()
		if err != nil {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		echoRunes(conn)
	}
}
