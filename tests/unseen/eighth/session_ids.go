// Bug: the number of a session is a uint8, so the 257th connection gets the number of the first;
//     when that one is still there, what it sends is answered to the new client.
// Cause: counter-wraps
// Also: answers-wrong-client
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

type SessionID uint8

type Session struct {
	ID   SessionID
	Conn net.Conn
}

type Manager struct {
	mu       sync.RWMutex
	next     SessionID
	sessions map[SessionID]*Session
}

func NewManager() *Manager {
	return &Manager{sessions: make(map[SessionID]*Session)}
}

func (m *Manager) Open(conn net.Conn) *Session {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := &Session{ID: m.next, Conn: conn}
	m.sessions[s.ID] = s
	m.next++
	return s
}

func (m *Manager) Close(s *Session) {
	s.Conn.Close()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.sessions[s.ID] == s {
		delete(m.sessions, s.ID)
	}
}

func (m *Manager) Lookup(id SessionID) (*Session, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	s, ok := m.sessions[id]
	return s, ok
}

// Message is what a session has said; handlers know sessions by number only.
type Message struct {
	From SessionID
	Body []byte
}

type Handler func(m *Manager, msg Message) error

func Echo(m *Manager, msg Message) error {
	to, ok := m.Lookup(msg.From)
	if !ok {
		return net.ErrClosed
	}
	_, err := to.Conn.Write(msg.Body)
	return err
}

func (m *Manager) Run(s *Session, handle Handler) {
	defer m.Close(s)
	body := make([]byte, 16<<10)
	for {
		n, err := s.Conn.Read(body)
		if err != nil {
			return
		}
		if err := handle(m, Message{From: s.ID, Body: body[:n]}); err != nil {
			log.Printf("session %d: %v", s.ID, err)
			return
		}
	}
}

func main() {
	manager := NewManager()
	ln, err := net.Listen("tcp4", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		log.Fatalln("listen:", err)
	}
	for {
		conn, err := ln.Accept()
		if err != nil {
			log.Println("accept:", err)
			time.Sleep(200 * time.Millisecond)
			continue
		}
		go manager.Run(manager.Open(conn), Echo)
	}
}
