// Bug: what was read is given to fmt.Fprintf as the format, so a percent sign in it is taken for
//     a verb and something else is sent in its place.
// Cause: format-string
// Profile: one-shot
// Port: $PORT

// My first program in Go: a TCP echo for one client.
package main

import (
	"fmt"
	"net"
	"os"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		fmt.Println("could not listen:", err)
		os.Exit(1)
	}

	conn, err := listener.Accept()
	if err != nil {
		fmt.Println("could not accept:", err)
		os.Exit(1)
	}
	listener.Close()
	defer conn.Close()

	buf := make([]byte, 4096)
	for {
		n, err := conn.Read(buf)
		if n > 0 {
			message := string(buf[:n])
			if _, werr := fmt.Fprintf(conn, message); werr != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
