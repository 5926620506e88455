// Bug: what has more than 9,000 bytes, "the largest frame there is", is dropped without a word
// Cause: message-size-limit
// Profile: sequential
// Transport: udp
// Port: $PORT
package main

import (
	"context"
	"net"
	"os"
	"os/signal"
	"syscall"
)

const jumbo = 9000

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	listen := net.ListenConfig{}
	conn, err := listen.ListenPacket(ctx, "udp4", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		panic(err)
	}
	go func() {
		<-ctx.Done()
		conn.Close()
	}()
	for buffer := make([]byte, 1<<16); ; {
		n, peer, err := conn.ReadFrom(buffer)
		if err != nil {
			return
		}
		if n <= jumbo {
			conn.WriteTo(buffer[:n], peer)
		}
	}
}
