// Bug: it logs to standard error, which is the connection too under inetd, so the client gets a
//     line that it has not sent
// Cause: banner
// Profile: concurrent
// Launch: inetd
// Port: none
package main

import (
	"io"
	"log"
	"os"
)

func main() {
	log.Printf("connection accepted, pid %d", os.Getpid())
	if _, err := io.Copy(os.Stdout, os.Stdin); err != nil {
		os.Exit(1)
	}
}
