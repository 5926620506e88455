/*
 * Bug: EPOLLRDHUP closes the connection after one more read, so whatever did not fit into that read
 *     when the client ended its side is lost.
 * Cause: end-with-data-lost
 * Also: half-close-ends-at-once, pending-dropped-at-end
 * Caught by: shutdown/data-with-fin
 * Profile: concurrent
 * Port: 29007
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORT 29007
#define CHUNK 2048

typedef struct {
    int fd;
    size_t begin, end;
    char bytes[CHUNK];
} conn_t;

static int ep;

static void finish(conn_t *c)
{
    close(c->fd);
    free(c);
}

static void watch(conn_t *c, uint32_t what, int op)
{
    struct epoll_event ev = {.events = what | EPOLLRDHUP, .data.ptr = c};

    epoll_ctl(ep, op, c->fd, &ev);
}

/* 0: go on; -1: the connection is broken */
static int push(conn_t *c)
{
    while (c->begin < c->end) {
        ssize_t n = send(c->fd, c->bytes + c->begin, c->end - c->begin, MSG_NOSIGNAL);

        if (n < 0)
            return errno == EAGAIN || errno == EINTR ? 0 : -1;
        c->begin += n;
    }
    return 0;
}

static void on_event(conn_t *c, uint32_t what)
{
    if (c->begin == c->end && (what & EPOLLIN)) {
        ssize_t n = recv(c->fd, c->bytes, CHUNK, 0);

        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
            finish(c);
            return;
        }
        c->begin = 0;
        c->end = n > 0 ? n : 0;
    }
    if (push(c) < 0 || (what & (EPOLLERR | EPOLLHUP | EPOLLRDHUP))) {
        finish(c);
        return;
    }
    watch(c, c->begin < c->end ? EPOLLOUT : EPOLLIN, EPOLL_CTL_MOD);
}

int main(void)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = NULL}, ready[64];
    int yes = 1, lfd = socket(AF_INET, SOCK_STREAM, 0);

    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (bind(lfd, (void *)&addr, sizeof(addr)) || listen(lfd, SOMAXCONN)) {
        perror("listen");
        return 1;
    }
    ep = epoll_create1(0);
    epoll_ctl(ep, EPOLL_CTL_ADD, lfd, &ev);
    for (;;) {
        int i, n = epoll_wait(ep, ready, 64, -1);

        for (i = 0; i < n; i++) {
            conn_t *c = ready[i].data.ptr;

            if (c) {
                on_event(c, ready[i].events);
                continue;
            }
            int fd = accept4(lfd, NULL, NULL, SOCK_NONBLOCK);
            if (fd < 0) {
                usleep(20000);
                continue;
            }
            c = calloc(1, sizeof(*c));
            c->fd = fd;
            watch(c, EPOLLIN, EPOLL_CTL_ADD);
        }
    }
}
