/*
 * Bug: EPOLLRDHUP is handled before EPOLLIN, and as if the client had gone: a client that ends its
 *     side is closed at once, and what it sent before and what waits for it are lost
 * Cause: half-close-ends-at-once, end-with-data-lost
 * Also: pending-dropped-at-end
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_EVENTS 128

typedef struct connection {
    int fd;
    uint32_t interest;
    size_t begin, end;
    char data[32768];
} connection;

static int epfd;

static void set_interest(connection *c, uint32_t interest)
{
    struct epoll_event ev = {.events = interest | EPOLLRDHUP, .data.ptr = c};

    if (c->interest == interest)
        return;
    epoll_ctl(epfd, c->interest ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, c->fd, &ev);
    c->interest = interest;
}

static void destroy(connection *c)
{
    epoll_ctl(epfd, EPOLL_CTL_DEL, c->fd, NULL);
    close(c->fd);
    free(c);
}

static void on_accept(int listener)
{
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        connection *c;

        if (fd < 0) {
            if (errno == ECONNABORTED || errno == EINTR)
                continue;
            if (errno == EMFILE || errno == ENFILE)
                usleep(20 * 1000);
            return;
        }
        c = malloc(sizeof *c);
        if (!c) {
            close(fd);
            return;
        }
        c->fd = fd;
        c->interest = 0;
        c->begin = c->end = 0;
        set_interest(c, EPOLLIN);
    }
}

static int on_writable(connection *c)
{
    while (c->begin < c->end) {
        ssize_t n = send(c->fd, c->data + c->begin, c->end - c->begin, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            break;
        if (n < 0)
            return -1;
        c->begin += (size_t)n;
    }
    set_interest(c, c->begin < c->end ? EPOLLOUT : EPOLLIN);
    return 0;
}

static int on_readable(connection *c)
{
    ssize_t n = recv(c->fd, c->data, sizeof c->data, 0);

    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    if (n == 0)
        return -1;
    c->begin = 0;
    c->end = (size_t)n;
    return on_writable(c);
}

static int listen_on(uint16_t port)
{
    struct sockaddr_in sin = {0};
    int yes = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    sin.sin_family = AF_INET;
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sin.sin_port = htons(port);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, (struct sockaddr *)&sin, sizeof sin) < 0 || listen(fd, SOMAXCONN) < 0) {
        perror("listen_on");
        exit(1);
    }
    return fd;
}

int main(void)
{
    struct epoll_event events[MAX_EVENTS], ev = {.events = EPOLLIN, .data.ptr = NULL};
    int listener = listen_on((uint16_t)strtoul(getenv("PORT"), NULL, 10));

    epfd = epoll_create1(EPOLL_CLOEXEC);
    epoll_ctl(epfd, EPOLL_CTL_ADD, listener, &ev);
    for (;;) {
        int n = epoll_wait(epfd, events, MAX_EVENTS, -1);

        for (int i = 0; i < n; i++) {
            connection *c = events[i].data.ptr;
            uint32_t what = events[i].events;
            int over = 0;

            if (!c) {
                on_accept(listener);
                continue;
            }
            if (what & (EPOLLERR | EPOLLHUP | EPOLLRDHUP))
                over = 1;
            else if (what & EPOLLIN)
                over = on_readable(c) < 0;
            else if (what & EPOLLOUT)
                over = on_writable(c) < 0;
            if (over)
                destroy(c);
        }
    }
}
