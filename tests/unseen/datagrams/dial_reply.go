// Bug: for each answer a new socket is dialled to the client, so it comes from another port
// Cause: answers-from-new-socket
// Profile: sequential
// Transport: udp
// Port: $PORT
package main

import (
	"fmt"
	"net"
	"os"
)

type request struct {
	body []byte
	from *net.UDPAddr
}

func reply(r request) error {
	out, err := net.DialUDP("udp", nil, r.from)
	if err != nil {
		return err
	}
	defer out.Close()
	_, err = out.Write(r.body)
	return err
}

func main() {
	local, _ := net.ResolveUDPAddr("udp4", "127.0.0.1:"+os.Getenv("PORT"))
	in, err := net.ListenUDP("udp4", local)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	requests := make(chan request, 64)
	go func() {
		for r := range requests {
			if err := reply(r); err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
		}
	}()
	for {
		body := make([]byte, 65536)
		n, from, err := in.ReadFromUDP(body)
		if err == nil {
			requests <- request{body[:n], from}
		}
	}
}
