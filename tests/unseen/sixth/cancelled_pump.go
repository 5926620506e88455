// Bug: the reader cancels the context when the client has ended its side, and the writer then stops
//     at the cancellation and not at the end of the queue: what waits there is not sent.
// Cause: pending-dropped-at-end
// Also: half-close-ends-at-once
// Profile: concurrent
// Port: 20111
package main

import (
	"context"
	"log"
	"net"
	"time"
)

type pump struct {
	conn  net.Conn
	queue chan []byte
}

func (p *pump) read(ctx context.Context, cancel context.CancelFunc) {
	defer cancel()
	for {
		block := make([]byte, 4096)
		n, err := p.conn.Read(block)
		if n > 0 {
			select {
			case p.queue <- block[:n]:
			case <-ctx.Done():
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (p *pump) write(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case block := <-p.queue:
			if _, err := p.conn.Write(block); err != nil {
				return
			}
		}
	}
}

func (p *pump) run(parent context.Context) {
	ctx, cancel := context.WithCancel(parent)
	defer p.conn.Close()
	go p.read(ctx, cancel)
	p.write(ctx)
	cancel()
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:20111")
	if err != nil {
		log.Fatal(err)
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		p := &pump{conn: conn, queue: make(chan []byte, 64)}
		go p.run(context.Background())
	}
}
