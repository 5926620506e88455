/* Bug: the table of connections is moved when it grows, and epoll keeps the addresses that they had
 *     before: with the 65th client the server touches memory that it has no longer.
 * Cause: crash, connection-limit
 * Beside: spins-at-accept
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
    int fd; /* -1: the place is free */
    size_t head, tail;
    char buf[8192];
} conn_t;

static struct {
    conn_t *slots;
    size_t cap;
} table;

static int ep;

static int table_grow(void)
{
    size_t cap = table.cap ? table.cap * 2 : 64;
    conn_t *slots = realloc(table.slots, cap * sizeof *slots);
    if (slots == NULL)
        return -1;
    for (size_t i = table.cap; i < cap; i++)
        slots[i].fd = -1;
    table.slots = slots;
    table.cap = cap;
    return 0;
}

static conn_t *table_take(int fd)
{
    size_t i = 0;
    while (i < table.cap && table.slots[i].fd >= 0)
        i++;
    if (i == table.cap && table_grow() < 0)
        return NULL;
    conn_t *c = &table.slots[i];
    c->fd = fd;
    c->head = c->tail = 0;
    return c;
}

static void conn_drop(conn_t *c)
{
    close(c->fd);
    c->fd = -1;
}

static int again(void) { return errno == EAGAIN || errno == EINTR; }

static void conn_ready(conn_t *c)
{
    if (c->head == c->tail) {
        ssize_t n = recv(c->fd, c->buf, sizeof c->buf, 0);
        if (n == 0 || (n < 0 && !again())) {
            conn_drop(c);
            return;
        }
        c->head = 0;
        c->tail = n > 0 ? (size_t)n : 0;
    }
    while (c->head < c->tail) {
        ssize_t n = send(c->fd, c->buf + c->head, c->tail - c->head, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            break;
        if (n < 0) {
            conn_drop(c);
            return;
        }
        c->head += (size_t)n;
    }
    struct epoll_event ev = {
        .events = c->head < c->tail ? EPOLLOUT : EPOLLIN,
        .data.ptr = c,
    };
    epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &ev);
}

static void on_accept(int lfd)
{
    int fd = accept4(lfd, NULL, NULL, SOCK_NONBLOCK);
    if (fd < 0)
        return;
    conn_t *c = table_take(fd);
    if (c == NULL) {
        close(fd);
        return;
    }
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = c};
    if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) < 0)
        conn_drop(c);
}

int main(void)
{
    struct sockaddr_in a;
    memset(&a, 0, sizeof a);
    a.sin_family = AF_INET;
    a.sin_port = htons((uint16_t)atoi(getenv("PORT") ? getenv("PORT") : "0"));
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    int lfd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(lfd, (struct sockaddr *)&a, sizeof a) || listen(lfd, 1024)) {
        perror("slab echo");
        return 1;
    }
    ep = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event ev = {.events = EPOLLIN};
    epoll_ctl(ep, EPOLL_CTL_ADD, lfd, &ev);

    struct epoll_event evs[128];
    for (;;) {
        int n = epoll_wait(ep, evs, 128, -1);
        for (int i = 0; i < n; i++) {
            if (evs[i].data.ptr)
                conn_ready(evs[i].data.ptr);
            else
                on_accept(lfd);
        }
    }
}
