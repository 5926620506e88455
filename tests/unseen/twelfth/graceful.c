/* Bug: when the client has ended its side, shutdown(SHUT_WR) is called at once, and what still waits
 *     in the queue for a slow reader cannot be sent any more.
 * Cause: pending-dropped-at-end
 * Also: half-close-ends-at-once
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CHUNK = 64 * 1024, HIGH_WATER = 1024 * 1024, EVENTS = 128 };

typedef enum { OPEN, CLOSING } state_t;

typedef struct {
    int fd;
    state_t state;
    size_t off, len, room;
    unsigned char *queue;
} tcp_conn;

static int ep;

static void hard_close(tcp_conn *c)
{
    close(c->fd);
    free(c->queue);
    free(c);
}

static void interest(tcp_conn *c)
{
    struct epoll_event ev = {.data.ptr = c};

    if (c->state == OPEN && c->len < HIGH_WATER)
        ev.events |= EPOLLIN;
    if (c->len)
        ev.events |= EPOLLOUT;
    epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &ev);
}

static int send_pending(tcp_conn *c)
{
    while (c->len) {
        ssize_t n = send(c->fd, c->queue + c->off, c->len, MSG_NOSIGNAL);
        if (n < 0)
            return errno == EAGAIN || errno == EINTR ? 0 : -1;
        c->off += (size_t)n;
        c->len -= (size_t)n;
    }
    c->off = 0;
    return 0;
}

/* Graceful: our FIN goes out, and the connection is freed when the queue is empty. */
static void graceful_close(tcp_conn *c)
{
    c->state = CLOSING;
    shutdown(c->fd, SHUT_WR);
}

static int on_readable(tcp_conn *c)
{
    ssize_t n;

    if (c->off + c->len + CHUNK > c->room) {
        memmove(c->queue, c->queue + c->off, c->len);
        c->off = 0;
    }
    if (c->len + CHUNK > c->room) {
        unsigned char *more = realloc(c->queue, 2 * c->room);
        if (!more)
            return -1;
        c->queue = more;
        c->room *= 2;
    }
    n = recv(c->fd, c->queue + c->off + c->len, CHUNK, 0);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    if (n == 0)
        graceful_close(c);
    else
        c->len += (size_t)n;
    return 0;
}

static void on_event(tcp_conn *c, unsigned events)
{
    if ((events & EPOLLERR) ||
        ((events & (EPOLLIN | EPOLLHUP)) && c->state == OPEN && c->len < HIGH_WATER &&
         on_readable(c) < 0) ||
        send_pending(c) < 0 || (c->state == CLOSING && c->len == 0)) {
        hard_close(c);
        return;
    }
    interest(c);
}

static void on_accept(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    tcp_conn *c;

    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE)
            usleep(20 * 1000);
        return;
    }
    c = calloc(1, sizeof *c);
    if (c)
        c->queue = malloc(CHUNK);
    if (!c || !c->queue) {
        close(fd);
        free(c);
        return;
    }
    c->fd = fd;
    c->room = CHUNK;
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
}

int main(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    struct epoll_event evs[EVENTS], lev = {.events = EPOLLIN};
    int one = 1, s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    a.sin_port = htons((unsigned short)atoi(getenv("PORT")));
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(s, (void *)&a, sizeof a) || listen(s, 512)) {
        perror("graceful");
        return 1;
    }
    ep = epoll_create1(0);
    epoll_ctl(ep, EPOLL_CTL_ADD, s, &lev);
    for (;;) {
        int n = epoll_wait(ep, evs, EVENTS, -1);
        for (int i = 0; i < n; i++) {
            if (evs[i].data.ptr)
                on_event(evs[i].data.ptr, evs[i].events);
            else
                on_accept(s);
        }
    }
}
