// Bug: the handlers run in one group with the accept loop, and the first error in the group cancels
//     all of it: one client that resets its connection ends the server.
// Cause: client-error-ends-server
// Also: crash-on-reset
// Profile: concurrent
// Port: $PORT
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// Group runs functions together. The first error cancels the context of all of them.
type Group struct {
	wg     sync.WaitGroup
	once   sync.Once
	cancel context.CancelFunc
	err    error
}

// WithContext returns a Group and the context that it cancels.
func WithContext(parent context.Context) (*Group, context.Context) {
	ctx, cancel := context.WithCancel(parent)
	return &Group{cancel: cancel}, ctx
}

// Go calls f in a goroutine.
func (g *Group) Go(f func() error) {
	g.wg.Add(1)
	go func() {
		defer g.wg.Done()
		if err := f(); err != nil {
			g.once.Do(func() {
				g.err = err
				g.cancel()
			})
		}
	}()
}

// Wait blocks until all functions have returned, and gives back the first error.
func (g *Group) Wait() error {
	g.wg.Wait()
	g.cancel()
	return g.err
}

// Handler serves one connection.
type Handler func(ctx context.Context, conn net.Conn) error

// Serve accepts connections until the context is done.
func Serve(parent context.Context, ln net.Listener, handle Handler) error {
	g, ctx := WithContext(parent)
	g.Go(func() error {
		<-ctx.Done()
		return ln.Close()
	})
	g.Go(func() error {
		for {
			conn, err := ln.Accept()
			if errors.Is(err, net.ErrClosed) {
				return nil
			}
			if err != nil {
				time.Sleep(50 * time.Millisecond)
				continue
			}
			g.Go(func() error {
				defer conn.Close()
				done := make(chan struct{})
				defer close(done)
				go func() {
					select {
					case <-ctx.Done():
						conn.Close()
					case <-done:
					}
				}()
				return handle(ctx, conn)
			})
		}
	})
	return g.Wait()
}

func echo(_ context.Context, conn net.Conn) error {
	buf := make([]byte, 32*1024)
	for {
		n, err := conn.Read(buf)
		if n > 0 {
			if _, werr := conn.Write(buf[:n]); werr != nil {
				return fmt.Errorf("write: %w", werr)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read: %w", err)
		}
	}
}

func main() {
	ln, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := Serve(context.Background(), ln, echo); err != nil {
		fmt.Fprintln(os.Stderr, "serve:", err)
		os.Exit(1)
	}
}
