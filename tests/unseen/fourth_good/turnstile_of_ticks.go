// Style: at most 400 clients a second are let in, after a burst of 50; the others wait in the queue
//     of the system, and nobody is sent away.
// Beside: urgent-data
// Profile: concurrent
// Port: $PORT
package main

import (
	"io"
	"log"
	"net"
	"os"
	"time"
)

func tokens(burst int, every time.Duration) <-chan struct{} {
	bucket := make(chan struct{}, burst)
	for i := 0; i < burst; i++ {
		bucket <- struct{}{}
	}
	go func() {
		for {
			bucket <- struct{}{} // waits while the bucket is full
			time.Sleep(every)
		}
	}()
	return bucket
}

func main() {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", os.Getenv("PORT")))
	if err != nil {
		log.Fatal(err)
	}
	bucket := tokens(50, 2500*time.Microsecond)
	for {
		<-bucket
		client, err := listener.Accept()
		if err != nil {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		go func() {
			defer client.Close()
			io.Copy(client, client)
		}()
	}
}
