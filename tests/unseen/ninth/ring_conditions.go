// Bug: after it has taken bytes out of the ring the writer signals the condition that it waits
//     for itself, and not the reader's; once the ring was full, the reader sleeps for ever.
// Cause: never-resumes
// Also: deadlock-both-ways
// Profile: concurrent
// Port: $PORT
package main

import (
	"log"
	"net"
	"os"
	"sync"
	"time"
)

const ringSize = 32 * 1024

// Ring is a bounded queue of bytes between one reader and one writer.
type Ring struct {
	mu       sync.Mutex
	notEmpty *sync.Cond
	notFull  *sync.Cond
	data     [ringSize]byte
	head     int // first byte to be taken
	used     int
	ended    bool // nothing more is put
	dead     bool // nothing more is taken
}

func NewRing() *Ring {
	r := &Ring{}
	r.notEmpty = sync.NewCond(&r.mu)
	r.notFull = sync.NewCond(&r.mu)
	return r
}

// Put stores all of p, and waits for room where there is none.
func (r *Ring) Put(p []byte) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(p) > 0 {
		for r.used == ringSize && !r.dead {
			r.notFull.Wait()
		}
		if r.dead {
			return false
		}
		tail := (r.head + r.used) % ringSize
		end := tail + ringSize - r.used
		if end > ringSize {
			end = ringSize
		}
		n := copy(r.data[tail:end], p)
		r.used += n
		p = p[n:]
		r.notEmpty.Signal()
	}
	return true
}

// Take fills p with what there is; 0 means that the stream has ended.
func (r *Ring) Take(p []byte) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.used == 0 && !r.ended {
		r.notEmpty.Wait()
	}
	end := r.head + r.used
	if end > ringSize {
		end = ringSize
	}
	n := copy(p, r.data[r.head:end])
	r.head = (r.head + n) % ringSize
	r.used -= n
	r.notEmpty.Signal()
	return n
}

func (r *Ring) End() {
	r.mu.Lock()
	r.ended = true
	r.mu.Unlock()
	r.notEmpty.Broadcast()
}

func (r *Ring) Kill() {
	r.mu.Lock()
	r.dead = true
	r.mu.Unlock()
	r.notFull.Broadcast()
}

func handle(conn net.Conn) {
	defer conn.Close()
	ring := NewRing()
	done := make(chan struct{})

	go func() {
		defer close(done)
		chunk := make([]byte, 4096)
		for {
			n := ring.Take(chunk)
			if n == 0 {
				return
			}
			if _, err := conn.Write(chunk[:n]); err != nil {
				ring.Kill()
				conn.Close()
				return
			}
		}
	}()

	chunk := make([]byte, 4096)
	for {
		n, err := conn.Read(chunk)
		if n > 0 && !ring.Put(chunk[:n]) {
			break
		}
		if err != nil {
			break
		}
	}
	ring.End()
	<-done
}

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		log.Fatal(err)
	}
	for {
		conn, err := l.Accept()
		if err != nil {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		go handle(conn)
	}
}
