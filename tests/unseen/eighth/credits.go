// Bug: the window of a connection is counted in units of 1,024 bytes; taking rounds up and giving
//     back rounds down, so each read that is no multiple of 1,024 loses a unit, and with the 160th
//     the window is shut for good.
// Cause: reads-quota
// Also: never-resumes
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

const (
	unit   = 1024
	window = 160 // units
)

// Window is a flow-control window: the reader takes credit, the writer gives it back.
type Window struct {
	mu     sync.Mutex
	room   *sync.Cond
	credit int
	closed bool
}

func NewWindow(units int) *Window {
	w := &Window{credit: units}
	w.room = sync.NewCond(&w.mu)
	return w
}

// Take waits until there is credit for n bytes; it is false when the window was closed.
func (w *Window) Take(n int) bool {
	units := (n + unit - 1) / unit
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.credit < units && !w.closed {
		w.room.Wait()
	}
	w.credit -= units
	return !w.closed
}

func (w *Window) Give(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.credit += n / unit
	w.room.Signal()
}

func (w *Window) Close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	w.room.Broadcast()
}

func writer(conn net.Conn, frames <-chan []byte, w *Window) {
	defer conn.Close()
	for frame := range frames {
		if _, err := conn.Write(frame); err != nil {
			conn.Close()
			w.Close()
			for range frames {
			}
			return
		}
		w.Give(len(frame))
	}
}

func reader(conn net.Conn) {
	w := NewWindow(window)
	frames := make(chan []byte, window)
	defer close(frames)
	go writer(conn, frames, w)
	for {
		frame := make([]byte, 16*unit)
		n, err := conn.Read(frame)
		if err != nil {
			return
		}
		if !w.Take(n) {
			return
		}
		frames <- frame[:n]
	}
}

func main() {
	ln, err := net.Listen("tcp4", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		log.Fatal(err)
	}
	for {
		conn, err := ln.Accept()
		if err != nil {
			time.Sleep(150 * time.Millisecond)
			continue
		}
		go reader(conn)
	}
}
