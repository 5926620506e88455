/*
Style: a reader and a writer goroutine with a channel of copies; the reader stops where the writer
    fails
Profile: concurrent
Port: $PORT
*/

package main

import (
	"bufio"
	"log"
	"net"
	"os"
	"sync"
	"time"
)

type peer struct {
	conn net.Conn
	data chan []byte
	quit chan struct{}
	once sync.Once
}

func (p *peer) fail() { p.once.Do(func() { close(p.quit) }) }

func (p *peer) read() {
	defer close(p.data)
	r := bufio.NewReaderSize(p.conn, 32*1024)
	for {
		if _, err := r.Peek(1); err != nil {
			return
		}
		piece := make([]byte, r.Buffered())
		n, _ := r.Read(piece)
		select {
		case p.data <- piece[:n]:
		case <-p.quit:
			return
		}
	}
}

func (p *peer) write() {
	defer p.conn.Close()
	w := bufio.NewWriter(p.conn)
	for piece := range p.data {
		_, err := w.Write(piece)
		if err == nil && len(p.data) == 0 {
			err = w.Flush()
		}
		if err != nil {
			p.fail()
			return
		}
	}
	w.Flush()
}

func main() {
	ln, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		log.Fatal(err)
	}
	for {
		conn, err := ln.Accept()
		if err != nil {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		p := &peer{conn: conn, data: make(chan []byte, 4), quit: make(chan struct{})}
		go p.read()
		go p.write()
	}
}
