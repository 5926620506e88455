// Bug: the rate limit refuses what is more than its burst of 32 KiB, for ever, and a read may bring
//     64 KiB: the connection of a client that sends so much at once is closed.
// Cause: message-size-limit, closes-before-client
// Profile: concurrent
// Port: $PORT
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

type config struct {
	BytesPerSecond float64
	Burst          int
	ReadBuffer     int
}

var cfg = config{BytesPerSecond: 256 << 20, Burst: 32 << 10, ReadBuffer: 64 << 10}

var errTooMuch = errors.New("exceeds the limiter's burst")

// limiter is a token bucket.
type limiter struct {
	mu     sync.Mutex
	rate   float64
	burst  float64
	tokens float64
	last   time.Time
}

func newLimiter(rate float64, burst int) *limiter {
	return &limiter{rate: rate, burst: float64(burst), tokens: float64(burst), last: time.Now()}
}

// waitN blocks until n tokens are there, and takes them.
func (l *limiter) waitN(n int) error {
	if float64(n) > l.burst {
		return fmt.Errorf("%d bytes: %w", n, errTooMuch)
	}
	l.mu.Lock()
	now := time.Now()
	l.tokens += now.Sub(l.last).Seconds() * l.rate
	if l.tokens > l.burst {
		l.tokens = l.burst
	}
	l.last = now
	l.tokens -= float64(n)
	missing := -l.tokens
	l.mu.Unlock()
	if missing > 0 {
		time.Sleep(time.Duration(missing / l.rate * float64(time.Second)))
	}
	return nil
}

type event struct {
	Time  string `json:"time"`
	Level string `json:"level"`
	Msg   string `json:"msg"`
	Peer  string `json:"peer,omitempty"`
	Err   string `json:"err,omitempty"`
}

func logEvent(level, msg, peer string, err error) {
	e := event{Time: time.Now().UTC().Format(time.RFC3339), Level: level, Msg: msg, Peer: peer}
	if err != nil {
		e.Err = err.Error()
	}
	line, _ := json.Marshal(e)
	fmt.Println(string(line))
}

var active int64

func handle(conn net.Conn) {
	atomic.AddInt64(&active, 1)
	defer atomic.AddInt64(&active, -1)
	defer conn.Close()
	peer := conn.RemoteAddr().String()
	shaper := newLimiter(cfg.BytesPerSecond, cfg.Burst)
	buf := make([]byte, cfg.ReadBuffer)
	for {
		n, err := conn.Read(buf)
		if n > 0 {
			if lerr := shaper.waitN(n); lerr != nil {
				logEvent("warn", "rate limit", peer, lerr)
				return
			}
			if _, werr := conn.Write(buf[:n]); werr != nil {
				return
			}
		}
		if err == io.EOF {
			return
		}
		if err != nil {
			return
		}
	}
}

func main() {
	ln, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		logEvent("fatal", "listen", "", err)
		os.Exit(1)
	}
	logEvent("info", "ready", ln.Addr().String(), nil)
	for {
		conn, err := ln.Accept()
		if err != nil {
			logEvent("error", "accept", "", err)
			time.Sleep(50 * time.Millisecond)
			continue
		}
		go handle(conn)
	}
}
