// Bug: the send buffer is set to 8 KB, "to save memory"; an answer that does not fit is refused by
//     the system (EMSGSIZE), and nobody looks at the error
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

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	listen := net.ListenConfig{}
	conn, err := listen.ListenPacket(ctx, "udp4", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		panic(err)
	}
	udp := conn.(*net.UDPConn)
	udp.SetWriteBuffer(8 << 10)
	go func() {
		<-ctx.Done()
		udp.Close()
	}()
	for buffer := make([]byte, 1<<16); ; {
		n, peer, err := udp.ReadFromUDP(buffer)
		if err != nil {
			return
		}
		udp.WriteToUDP(buffer[:n], peer)
	}
}
