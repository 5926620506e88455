// Bug: Flush() is tried again after a write timed out, but a bufio.Writer keeps its first error for
//     ever: it never writes again, and the loop runs without a pause. It needs a client that stalls
//     for 0.4 seconds.
// Cause: never-resumes
// Also: spins-when-full
// Profile: concurrent
// Port: $PORT
package main

import (
	"bufio"
	"errors"
	"log"
	"net"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

var stopping atomic.Bool

var errStopped = errors.New("server is stopping")

// patiently flushes; a slow client may take as long as it likes, but we look in between whether to stop.
func patiently(conn net.Conn, w *bufio.Writer) error {
	for !stopping.Load() {
		if err := conn.SetWriteDeadline(time.Now().Add(400 * time.Millisecond)); err != nil {
			return err
		}
		err := w.Flush()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			continue
		}
		return err
	}
	return errStopped
}

func handle(conn net.Conn) {
	defer conn.Close()
	w := bufio.NewWriterSize(conn, 20_000)
	buf := make([]byte, 10_000)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		if _, err := w.Write(buf[:n]); err != nil {
			log.Print(err)
			return
		}
		if err := patiently(conn, w); err != nil {
			log.Print(err)
			return
		}
	}
}

func main() {
	ln, err := net.Listen("tcp4", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		log.Fatal(err)
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		stopping.Store(true)
		time.Sleep(500 * time.Millisecond)
		os.Exit(0)
	}()
	for {
		conn, err := ln.Accept()
		if err != nil {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		go handle(conn)
	}
}
