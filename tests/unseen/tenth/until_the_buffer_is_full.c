/* Bug: watched edge-triggered; while something waits to be written an event only writes, and the
 *     news that there is more to read, which comes once, is passed over; afterwards nobody reads
 *     it.
 * Cause: never-resumes, edge-not-drained
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define CAPACITY 65536
#define MAX_EVENTS 128

struct connection {
    int fd;
    int eof;
    size_t start, end;
    char data[CAPACITY];
};

static int epfd;

static void destroy(struct connection *c)
{
    close(c->fd);
    free(c);
}

/* 1: all is written, 0: the socket takes no more, -1: broken */
static int flush(struct connection *c)
{
    while (c->start < c->end) {
        ssize_t n = send(c->fd, c->data + c->start, c->end - c->start, MSG_NOSIGNAL);
        if (n < 0) {
            if (errno == EINTR)
                continue;
            return (errno == EAGAIN || errno == EWOULDBLOCK) ? 0 : -1;
        }
        c->start += (size_t)n;
    }
    c->start = c->end = 0;
    return 1;
}

/* 1: the buffer is full, 0: the socket is empty or at its end, -1: broken */
static int fill(struct connection *c)
{
    while (!c->eof) {
        ssize_t n;
        if (c->end == CAPACITY)
            return 1;
        n = recv(c->fd, c->data + c->end, CAPACITY - c->end, 0);
        if (n > 0)
            c->end += (size_t)n;
        else if (n == 0)
            c->eof = 1;
        else if (errno == EAGAIN || errno == EWOULDBLOCK)
            return 0;
        else if (errno != EINTR)
            return -1;
    }
    return 0;
}

static void handle(struct connection *c, unsigned events)
{
    int filled, flushed;

    if (c->start < c->end) {
        /* the answer before this one comes first */
        flushed = (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) ? flush(c) : 0;
    } else {
        do {
            filled = fill(c);
            flushed = filled < 0 ? -1 : flush(c);
        } while (filled == 1 && flushed == 1);
    }
    if (flushed < 0 || (c->eof && flushed == 1))
        destroy(c);
}

static void accept_all(int listener)
{
    for (;;) {
        struct epoll_event ev;
        struct connection *c;
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd < 0) {
            if (errno == EMFILE || errno == ENFILE)
                usleep(10000);
            return;
        }
        c = calloc(1, sizeof *c);
        if (c == NULL) {
            close(fd);
            continue;
        }
        c->fd = fd;
        ev.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
        ev.data.ptr = c;
        if (epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &ev) < 0)
            destroy(c);
    }
}

int main(void)
{
    struct epoll_event events[MAX_EVENTS], ev;
    struct sockaddr_in sin;
    int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    memset(&sin, 0, sizeof sin);
    sin.sin_family = AF_INET;
    sin.sin_port = htons((unsigned short)atoi(getenv("PORT")));
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&sin, sizeof sin) < 0 || listen(listener, 1024) < 0) {
        perror("listen");
        return 1;
    }
    epfd = epoll_create1(0);
    ev.events = EPOLLIN;
    ev.data.ptr = NULL;
    epoll_ctl(epfd, EPOLL_CTL_ADD, listener, &ev);
    for (;;) {
        int i, n = epoll_wait(epfd, events, MAX_EVENTS, -1);
        for (i = 0; i < n; i++) {
            if (events[i].data.ptr == NULL)
                accept_all(listener);
            else
                handle(events[i].data.ptr, events[i].events);
        }
    }
}
