// Bug: when the writer ends with an error the reader still waits for room in the channel, for ever;
//     it is the reader that closes the connection.
// Cause: thread-leak, descriptor-leak
// Also: memory-leak
// Beside: spins-at-accept
// Profile: concurrent
// Port: $PORT
package main

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

const (
	chunkSize  = 8 << 10
	queueDepth = 4
)

// Pump moves the bytes of one connection from its read side to its write side.
type Pump struct {
	conn  net.Conn
	queue chan []byte
}

func NewPump(conn net.Conn) *Pump {
	return &Pump{conn: conn, queue: make(chan []byte, queueDepth)}
}

func (p *Pump) Run() {
	go p.read()
	if err := p.write(); err != nil && !errors.Is(err, net.ErrClosed) {
		log.Printf("%s: write: %v", p.conn.RemoteAddr(), err)
		return
	}
	p.conn.Close()
}

func (p *Pump) read() {
	defer close(p.queue)
	for {
		chunk := make([]byte, chunkSize)
		n, err := p.conn.Read(chunk)
		if n > 0 {
			p.queue <- chunk[:n]
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				p.conn.Close()
			}
			return
		}
	}
}

func (p *Pump) write() error {
	for chunk := range p.queue {
		if _, err := p.conn.Write(chunk); err != nil {
			return err
		}
	}
	return nil
}

// Server accepts until its context is done.
type Server struct {
	ln net.Listener
	wg sync.WaitGroup
}

func (s *Server) Serve(ctx context.Context) error {
	go func() {
		<-ctx.Done()
		s.ln.Close()
	}()
	for {
		conn, err := s.ln.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			log.Printf("accept: %v", err)
			continue
		}
		s.wg.Add(1)
		go func() {
			defer s.wg.Done()
			NewPump(conn).Run()
		}()
	}
}

func main() {
	log.SetOutput(os.Stdout)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ln, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		log.Fatal(err)
	}
	if err := (&Server{ln: ln}).Serve(ctx); err != nil {
		log.Fatal(err)
	}
}
