// Bug: every error of EpollWait ends the program, also EINTR, which a signal such as stop and
//     continue causes.
// Cause: eintr-is-error, signal-breaks
// Profile: concurrent
// Port: $PORT
package main

import (
	"log"
	"os"
	"strconv"
	"syscall"
)

type peer struct {
	buf      [8192]byte
	from, to int
	events   uint32
}

type loop struct {
	epfd, lfd, spare int
	peers            map[int]*peer
}

func (l *loop) control(op, fd int, events uint32) error {
	return syscall.EpollCtl(l.epfd, op, fd, &syscall.EpollEvent{Events: events, Fd: int32(fd)})
}

func (l *loop) drop(fd int) {
	delete(l.peers, fd)
	syscall.Close(fd)
}

func (l *loop) accept() {
	fd, _, err := syscall.Accept4(l.lfd, syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC)
	if err == syscall.EMFILE {
		syscall.Close(l.spare)
		if fd, _, err = syscall.Accept(l.lfd); err == nil {
			syscall.Close(fd)
		}
		l.spare, _ = syscall.Open("/dev/null", syscall.O_RDONLY, 0)
		return
	}
	if err != nil {
		return
	}
	l.peers[fd] = &peer{events: syscall.EPOLLIN}
	if l.control(syscall.EPOLL_CTL_ADD, fd, syscall.EPOLLIN) != nil {
		l.drop(fd)
	}
}

func again(err error) bool { return err == syscall.EAGAIN || err == syscall.EINTR }

// step reads when the buffer is empty, writes what it has, and says what to wait for.
func (l *loop) step(fd int, p *peer) {
	if p.from == p.to {
		n, err := syscall.Read(fd, p.buf[:])
		if err != nil && again(err) {
			return
		}
		if err != nil || n == 0 {
			l.drop(fd)
			return
		}
		p.from, p.to = 0, n
	}
	n, err := syscall.Write(fd, p.buf[p.from:p.to])
	if err != nil && !again(err) {
		l.drop(fd)
		return
	}
	if n > 0 {
		p.from += n
	}
	want := uint32(syscall.EPOLLIN)
	if p.from < p.to {
		want = syscall.EPOLLOUT
	}
	if want != p.events {
		p.events = want
		if l.control(syscall.EPOLL_CTL_MOD, fd, want) != nil {
			l.drop(fd)
		}
	}
}

func (l *loop) run() {
	events := make([]syscall.EpollEvent, 256)
	for {
		n, err := syscall.EpollWait(l.epfd, events, -1)
		if err != nil {
			log.Fatalf("epoll_wait: %v", err)
		}
		for _, ev := range events[:n] {
			fd := int(ev.Fd)
			if fd == l.lfd {
				l.accept()
			} else if p := l.peers[fd]; p != nil {
				l.step(fd, p)
			}
		}
	}
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	port, err := strconv.Atoi(os.Getenv("PORT"))
	must(err)
	lfd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	must(err)
	must(syscall.SetsockoptInt(lfd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1))
	must(syscall.Bind(lfd, &syscall.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}))
	must(syscall.Listen(lfd, 1024))
	epfd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	must(err)
	spare, err := syscall.Open("/dev/null", syscall.O_RDONLY, 0)
	must(err)
	l := &loop{epfd: epfd, lfd: lfd, spare: spare, peers: map[int]*peer{}}
	must(l.control(syscall.EPOLL_CTL_ADD, lfd, syscall.EPOLLIN))
	l.run()
}
