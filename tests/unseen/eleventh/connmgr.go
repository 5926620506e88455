// Bug: remove() returns with the lock held when Close() fails, and Close() fails the second time:
//     a client that breaks off while it is written to is removed by both of its goroutines.
// Cause: lock-kept
// Also: reads-never
// Beside: spins-at-accept
// Profile: concurrent
// Port: $PORT
package main

import (
	"fmt"
	"log"
	"net"
	"os"
	"sync"
)

// Conn is one client. What is read waits in out until it has been written.
type Conn struct {
	net.Conn
	id  uint64
	out chan []byte
	// gone is closed when nobody writes any more.
	gone chan struct{}
}

// Manager knows all open connections.
type Manager struct {
	mu     sync.Mutex
	nextID uint64
	conns  map[uint64]*Conn
}

func NewManager() *Manager {
	return &Manager{conns: make(map[uint64]*Conn)}
}

func (m *Manager) add(raw net.Conn) *Conn {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.nextID++
	c := &Conn{
		Conn: raw,
		id:   m.nextID,
		out:  make(chan []byte, 8),
		gone: make(chan struct{}),
	}
	m.conns[c.id] = c
	return c
}

func (m *Manager) remove(c *Conn) error {
	m.mu.Lock()
	if err := c.Close(); err != nil {
		return fmt.Errorf("close %d: %w", c.id, err)
	}
	delete(m.conns, c.id)
	m.mu.Unlock()
	return nil
}

func (m *Manager) readLoop(c *Conn) error {
	defer close(c.out)
	for {
		buf := make([]byte, 16*1024)
		n, err := c.Read(buf)
		if n > 0 {
			select {
			case c.out <- buf[:n]:
			case <-c.gone:
				return nil
			}
		}
		if err != nil {
			return err
		}
	}
}

func (m *Manager) writeLoop(c *Conn) {
	defer close(c.gone)
	for data := range c.out {
		if _, err := c.Write(data); err != nil {
			m.remove(c)
			return
		}
	}
}

func (m *Manager) Serve(raw net.Conn) {
	c := m.add(raw)
	go m.writeLoop(c)
	m.readLoop(c)
	<-c.gone
	m.remove(c)
}

func (m *Manager) Len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.conns)
}

func main() {
	log.SetOutput(os.Stdout)
	ln, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		log.Fatal(err)
	}
	m := NewManager()
	for {
		raw, err := ln.Accept()
		if err != nil {
			log.Print(err)
			continue
		}
		go m.Serve(raw)
	}
}
