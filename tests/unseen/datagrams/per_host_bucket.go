// Bug: a host may send 40 datagrams a second, and what is above that is dropped: all clients of a
//     machine share its bucket
// Cause: none-of-these
// Also: reads-quota
// Profile: sequential
// Transport: udp
// Port: $PORT
package main

import (
	"log"
	"math"
	"net"
	"net/netip"
	"os"
	"time"
)

const (
	perSecond = 40
	burst     = 40
)

type bucket struct {
	tokens float64
	last   time.Time
}

func (b *bucket) take(now time.Time) bool {
	b.tokens = math.Min(burst, b.tokens+now.Sub(b.last).Seconds()*perSecond)
	b.last = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

func main() {
	addr := netip.MustParseAddrPort("127.0.0.1:" + os.Getenv("PORT"))
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(addr))
	if err != nil {
		log.Fatalln(err)
	}
	buckets := map[netip.Addr]*bucket{}
	packet := make([]byte, 65535)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(packet)
		if err != nil {
			continue
		}
		now := time.Now()
		b, ok := buckets[from.Addr()]
		if !ok {
			b = &bucket{tokens: burst, last: now}
			buckets[from.Addr()] = b
		}
		if b.take(now) {
			conn.WriteToUDPAddrPort(packet[:n], from)
		}
	}
}
