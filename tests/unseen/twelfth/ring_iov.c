/* Bug: one place of the ring must stay empty, but a read that fills it up to the end of its memory
 *     takes that place too if the data begins at its first byte: the full ring then looks empty, and
 *     what it held is lost.
 * Cause: ring-wrap
 * Also: full-read-lost, exact-size
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define RING 32768u
#define MASK (RING - 1)

struct ring {
    uint32_t head, tail; /* the next byte to send, the next to fill; equal when empty */
    char mem[RING];
};

struct peer {
    int fd, ended;
    uint32_t interest;
    struct ring ring;
};

static uint32_t used(const struct ring *r) { return (r->tail - r->head) & MASK; }

static int spans_free(struct ring *r, struct iovec v[2])
{
    v[0].iov_base = r->mem + r->tail;
    if (r->tail < r->head) {
        v[0].iov_len = r->head - r->tail - 1;
        return 1;
    }
    v[0].iov_len = RING - r->tail;
    if (r->head < 2)
        return 1;
    v[1].iov_base = r->mem;
    v[1].iov_len = r->head - 1;
    return 2;
}

static int spans_used(struct ring *r, struct iovec v[2])
{
    v[0].iov_base = r->mem + r->head;
    if (r->head <= r->tail) {
        v[0].iov_len = r->tail - r->head;
        return 1;
    }
    v[0].iov_len = RING - r->head;
    v[1].iov_base = r->mem;
    v[1].iov_len = r->tail;
    return r->tail ? 2 : 1;
}

/* 0 when all is well, -1 when the connection is over */
static int turn(struct peer *p, uint32_t events)
{
    struct iovec v[2];
    ssize_t n;
    if (events & EPOLLERR)
        return -1;
    if (!p->ended && used(&p->ring) < MASK && (events & (EPOLLIN | EPOLLHUP))) {
        n = readv(p->fd, v, spans_free(&p->ring, v));
        if (n > 0)
            p->ring.tail = (p->ring.tail + (uint32_t)n) & MASK;
        else if (n == 0)
            p->ended = 1;
        else if (errno != EAGAIN && errno != EINTR)
            return -1;
    }
    if (used(&p->ring)) {
        struct msghdr m = {.msg_iov = v};
        m.msg_iovlen = spans_used(&p->ring, v);
        n = sendmsg(p->fd, &m, MSG_NOSIGNAL);
        if (n > 0)
            p->ring.head = (p->ring.head + (uint32_t)n) & MASK;
        else if (n < 0 && errno != EAGAIN && errno != EINTR)
            return -1;
    }
    return p->ended && !used(&p->ring) ? -1 : 0;
}

static void arrange(int ep, struct peer *p, int op)
{
    uint32_t want = (!p->ended && used(&p->ring) < MASK ? EPOLLIN : 0)
                  | (used(&p->ring) ? EPOLLOUT : 0);
    struct epoll_event ev = {.events = want, .data.ptr = p};
    if (op == EPOLL_CTL_MOD && want == p->interest)
        return;
    p->interest = want;
    epoll_ctl(ep, op, p->fd, &ev);
}

int main(void)
{
    int one = 1, ls = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), ep = epoll_create1(0);
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct epoll_event evs[128], ev = {.events = EPOLLIN};
    char *port = getenv("PORT");
    if (!port)
        return 2;
    sa.sin_port = htons((uint16_t)atoi(port));
    setsockopt(ls, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(ls, (struct sockaddr *)&sa, sizeof sa) || listen(ls, 1024)) {
        perror("listen");
        return 1;
    }
    epoll_ctl(ep, EPOLL_CTL_ADD, ls, &ev);
    for (;;) {
        int n = epoll_wait(ep, evs, 128, -1);
        for (int i = 0; i < n; i++) {
            struct peer *p = evs[i].data.ptr;
            if (!p) {
                int fd = accept4(ls, NULL, NULL, SOCK_NONBLOCK);
                if (fd < 0) {
                    if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR)
                        usleep(20000);
                } else if ((p = malloc(sizeof *p))) {
                    p->fd = fd;
                    p->ended = 0;
                    p->ring.head = p->ring.tail = 0;
                    arrange(ep, p, EPOLL_CTL_ADD);
                } else {
                    close(fd);
                }
            } else if (turn(p, evs[i].events)) {
                close(p->fd);
                free(p);
            } else {
                arrange(ep, p, EPOLL_CTL_MOD);
            }
        }
    }
}
