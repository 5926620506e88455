// Bug: a worker that finds a job whose connection has failed returns instead of taking the next job:
//     each client that breaks off while it has jobs ends workers, until none is left.
// Cause: workers-die
// Profile: concurrent
// Port: $PORT
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"time"
)

const (
	workers  = 4
	inFlight = 4
	maxChunk = 16 * 1024
)

// job is one chunk on its way through the workers.
type job struct {
	ctx    context.Context
	data   []byte
	result chan []byte // has room for one
}

// process is where a real service would do its work.
func process(ctx context.Context, data []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	out := make([]byte, len(data))
	copy(out, data)
	return out, nil
}

// Pool runs jobs of all connections.
type Pool struct {
	jobs chan *job
}

// NewPool starts n workers.
func NewPool(n int) *Pool {
	p := &Pool{jobs: make(chan *job)}
	for i := 0; i < n; i++ {
		go p.work()
	}
	return p
}

func (p *Pool) work() {
	for j := range p.jobs {
		out, err := process(j.ctx, j.data)
		if err != nil {
			close(j.result)
			return
		}
		j.result <- out
	}
}

// serve reads chunks, has them processed, and writes the results in their order.
func (p *Pool) serve(conn net.Conn) {
	ctx, cancel := context.WithCancel(context.Background())
	order := make(chan *job, inFlight)
	written := make(chan struct{})

	go func() {
		defer close(written)
		failed := false
		for j := range order {
			out, ok := <-j.result
			if failed || !ok {
				continue
			}
			if _, err := conn.Write(out); err != nil {
				failed = true
				cancel()
				conn.Close()
			}
		}
	}()

	buf := make([]byte, maxChunk)
	for {
		n, err := conn.Read(buf)
		if n > 0 {
			j := &job{ctx: ctx, data: append([]byte(nil), buf[:n]...), result: make(chan []byte, 1)}
			order <- j
			p.jobs <- j
		}
		if err != nil {
			break
		}
	}
	close(order)
	<-written
	cancel()
	conn.Close()
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	pool := NewPool(workers)
	for {
		conn, err := listener.Accept()
		if err != nil {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		go pool.serve(conn)
	}
}
