/*
 * Bug: epoll is edge-triggered, and reading stops when the connection's buffer is full; the event
 *     that then says "writable" empties the buffer after it has looked at "readable", and nobody
 *     reads on: no new event comes for data that is already there.
 * Cause: never-resumes
 * Also: edge-not-drained
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CAPACITY = 48 * 1024, BATCH = 32 };

struct connection {
    int fd;
    bool ended;
    size_t start, end;
    char bytes[CAPACITY];
};

static bool drain(struct connection *c)
{
    while (c->start < c->end) {
        ssize_t n = send(c->fd, c->bytes + c->start, c->end - c->start, MSG_NOSIGNAL);

        if (n < 0)
            return errno == EAGAIN || errno == EINTR;
        c->start += (size_t)n;
    }
    c->start = c->end = 0;
    return true;
}

static bool fill(struct connection *c)
{
    while (!c->ended && c->end < CAPACITY) {
        ssize_t n = recv(c->fd, c->bytes + c->end, CAPACITY - c->end, 0);

        if (n < 0)
            return errno == EAGAIN || errno == EINTR;
        if (n == 0)
            c->ended = true;
        c->end += (size_t)n;
        if (!drain(c))
            return false;
    }
    return true; /* full: back pressure */
}

static void on_event(struct connection *c, unsigned what)
{
    bool fine = true;

    if (what & (EPOLLIN | EPOLLERR | EPOLLHUP))
        fine = fill(c);
    if (fine && (what & EPOLLOUT))
        fine = drain(c);
    if (!fine || (c->ended && c->start == c->end)) {
        close(c->fd);
        free(c);
    }
}

static void welcome(int poller, int listener)
{
    struct epoll_event e = {.events = EPOLLIN | EPOLLOUT | EPOLLET};
    struct connection *c;
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0) {
        if (errno == EMFILE)
            usleep(100000);
        return;
    }
    c = malloc(sizeof *c);
    if (c == NULL) {
        close(fd);
        return;
    }
    c->fd = fd;
    c->ended = false;
    c->start = c->end = 0;
    e.data.ptr = c;
    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &e) < 0) {
        close(fd);
        free(c);
    }
}

int main(void)
{
    struct epoll_event events[BATCH], e = {.events = EPOLLIN};
    struct sockaddr_in at = {.sin_family = AF_INET};
    int on = 1, poller = epoll_create1(0);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    at.sin_port = htons((in_port_t)atoi(getenv("PORT")));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&at, sizeof at) < 0 || listen(listener, 256) < 0) {
        perror("edge_pause");
        return 1;
    }
    e.data.ptr = NULL; /* the listener; level-triggered */
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &e);
    for (;;) {
        int i, n = epoll_wait(poller, events, BATCH, -1);

        for (i = 0; i < n; i++) {
            if (events[i].data.ptr == NULL)
                welcome(poller, listener);
            else
                on_event(events[i].data.ptr, events[i].events);
        }
    }
}
