/*
 * Bug: EPOLLRDHUP is handled like EPOLLHUP and EPOLLERR: the connection is closed before what the
 *     client sent with its end is read, and before what waits for it is sent.
 * Cause: half-close-ends-at-once
 * Also: end-with-data-lost, pending-dropped-at-end, reset-instead-of-fin
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
#define CONN_BUF 8192

struct conn {
    int fd;
    size_t len;
    size_t off;
    char buf[CONN_BUF];
};

static int epfd;
static int listen_fd;
static int listening = 1;

static void listen_again(int on)
{
    struct epoll_event ev = {.events = on ? EPOLLIN : 0, .data.ptr = NULL};

    if (on != listening)
        epoll_ctl(epfd, EPOLL_CTL_MOD, listen_fd, &ev);
    listening = on;
}

static void conn_free(struct conn *c)
{
    epoll_ctl(epfd, EPOLL_CTL_DEL, c->fd, NULL);
    close(c->fd);
    free(c);
    listen_again(1);
}

static void conn_watch(struct conn *c, uint32_t what)
{
    struct epoll_event ev = {.events = what | EPOLLRDHUP, .data.ptr = c};

    epoll_ctl(epfd, EPOLL_CTL_MOD, c->fd, &ev);
}

/* returns -1 on error, 1 when everything is out, 0 when there is more */
static int conn_flush(struct conn *c)
{
    while (c->off < c->len) {
        ssize_t n = send(c->fd, c->buf + c->off, c->len - c->off, MSG_NOSIGNAL);
        if (n < 0) {
            if (errno == EINTR)
                continue;
            return errno == EAGAIN ? 0 : -1;
        }
        c->off += (size_t)n;
    }
    c->off = c->len = 0;
    return 1;
}

static void on_readable(struct conn *c)
{
    ssize_t n = recv(c->fd, c->buf, sizeof c->buf, 0);
    int rc;

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        conn_free(c);
        return;
    }
    c->len = (size_t)n;
    rc = conn_flush(c);
    if (rc < 0)
        conn_free(c);
    else if (rc == 0)
        conn_watch(c, EPOLLOUT);
}

static void on_writable(struct conn *c)
{
    int rc = conn_flush(c);

    if (rc < 0)
        conn_free(c);
    else if (rc == 1)
        conn_watch(c, EPOLLIN);
}

static void on_accept(void)
{
    for (;;) {
        int fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        struct epoll_event ev = {.events = EPOLLIN | EPOLLRDHUP};
        struct conn *c;

        if (fd < 0) {
            if (errno == EMFILE || errno == ENFILE)
                listen_again(0);
            if (errno != EINTR && errno != ECONNABORTED)
                return;
            continue;
        }
        c = calloc(1, sizeof *c);
        if (c == NULL) {
            close(fd);
            return;
        }
        c->fd = fd;
        ev.data.ptr = c;
        epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &ev);
    }
}

int main(void)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = NULL}, events[MAX_EVENTS];
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;

    sa.sin_port = htons((uint16_t)atoi(getenv("PORT")));
    listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(listen_fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listen_fd, (struct sockaddr *)&sa, sizeof sa) || listen(listen_fd, SOMAXCONN)) {
        perror("listen");
        return EXIT_FAILURE;
    }
    epfd = epoll_create1(0);
    epoll_ctl(epfd, EPOLL_CTL_ADD, listen_fd, &ev);
    for (;;) {
        int n = epoll_wait(epfd, events, MAX_EVENTS, -1);
        for (int i = 0; i < n; i++) {
            struct conn *c = events[i].data.ptr;
            if (c == NULL)
                on_accept();
            else if (events[i].events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP))
                conn_free(c);
            else if (events[i].events & EPOLLIN)
                on_readable(c);
            else if (events[i].events & EPOLLOUT)
                on_writable(c);
        }
    }
}
