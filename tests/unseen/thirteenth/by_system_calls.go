// Bug: what was asked of epoll last is not noted, so once EPOLLOUT was asked for it is never
//     taken back: after a client that read slowly the loop goes round without a pause.
// Cause: busy-loop-writable
// Profile: concurrent
// Port: $PORT
package main

import (
	"log"
	"os"
	"runtime"
	"strconv"
	"syscall"
)

const most = 32 << 10

type peer struct {
	waiting []byte
	ended   bool
	asked   uint32
}

var (
	poll  int
	peers = map[int]*peer{}
)

func ask(fd int, p *peer) {
	var want uint32
	if len(p.waiting) > 0 {
		want |= syscall.EPOLLOUT
	}
	if !p.ended && len(p.waiting) < most {
		want |= syscall.EPOLLIN
	}
	if want != p.asked {
		syscall.EpollCtl(poll, syscall.EPOLL_CTL_MOD, fd, &syscall.EpollEvent{Events: want, Fd: int32(fd)})
	}
}

func again(err error) bool { return err == syscall.EAGAIN || err == syscall.EINTR }

func move(fd int, p *peer) bool {
	if !p.ended && len(p.waiting) < most {
		room := make([]byte, most-len(p.waiting))
		n, err := syscall.Read(fd, room)
		if err != nil && !again(err) {
			return false
		}
		if n > 0 {
			p.waiting = append(p.waiting, room[:n]...)
		}
		p.ended = p.ended || err == nil && n == 0
	}
	if len(p.waiting) > 0 {
		n, err := syscall.Write(fd, p.waiting)
		if err != nil && !again(err) {
			return false
		}
		if n > 0 {
			p.waiting = append(p.waiting[:0], p.waiting[n:]...)
		}
	}
	return !p.ended || len(p.waiting) > 0
}

func main() {
	runtime.LockOSThread()
	door, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		log.Fatal(err)
	}
	port, _ := strconv.Atoi(os.Getenv("PORT"))
	syscall.SetsockoptInt(door, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
	if err := syscall.Bind(door, &syscall.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		log.Fatal(err)
	}
	if err := syscall.Listen(door, 512); err != nil {
		log.Fatal(err)
	}
	poll, _ = syscall.EpollCreate1(0)
	open := func(events uint32) {
		syscall.EpollCtl(poll, syscall.EPOLL_CTL_MOD, door, &syscall.EpollEvent{Events: events, Fd: int32(door)})
	}
	syscall.EpollCtl(poll, syscall.EPOLL_CTL_ADD, door, &syscall.EpollEvent{Fd: int32(door)})
	open(syscall.EPOLLIN)
	events := make([]syscall.EpollEvent, 64)
	wait := -1
	for {
		n, _ := syscall.EpollWait(poll, events, wait)
		if wait > 0 {
			wait = -1
			open(syscall.EPOLLIN)
		}
		for i := 0; i < n; i++ {
			fd := int(events[i].Fd)
			if fd != door {
				p := peers[fd]
				if p == nil {
					continue
				}
				if events[i].Events&syscall.EPOLLERR != 0 || !move(fd, p) {
					delete(peers, fd)
					syscall.Close(fd)
					continue
				}
				ask(fd, p)
				continue
			}
			client, _, err := syscall.Accept4(door, syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC)
			if err == syscall.EMFILE || err == syscall.ENFILE {
				open(0)
				wait = 100
			}
			if err == nil {
				peers[client] = &peer{asked: syscall.EPOLLIN}
				syscall.EpollCtl(poll, syscall.EPOLL_CTL_ADD, client, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(client)})
			}
		}
	}
}
