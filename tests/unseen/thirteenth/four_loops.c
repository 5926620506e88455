/*
 * Bug: a read is not limited to the room that is free in the ring: when the ring is nearly full
 *     it writes over what still waits to be sent.
 * Cause: ring-wrap, buffer-overwritten
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RING = 4096, STEP = 701 };

struct client {
    int fd, ended;
    unsigned in, out; /* bytes read and written, modulo 2^32: their difference is what waits */
    char ring[RING];
};

static int again(void) { return errno == EAGAIN || errno == EINTR; }

/* Returns 0 when the connection is over. */
static int turn(struct client *c)
{
    for (;;) {
        unsigned moved = 0, at;
        ssize_t n;

        at = c->in % RING;
        if (!c->ended && c->in - c->out < RING) {
            unsigned most = RING - at;
            n = recv(c->fd, c->ring + at, most < STEP ? most : STEP, 0);
            if (n < 0 && !again())
                return 0;
            if (n == 0)
                c->ended = 1;
            if (n >= 0)
                moved = 1;
            if (n > 0)
                c->in += (unsigned)n;
        }
        at = c->out % RING;
        if (c->in != c->out) {
            unsigned ready = c->in - c->out;
            n = send(c->fd, c->ring + at, ready < RING - at ? ready : RING - at, MSG_NOSIGNAL);
            if (n < 0 && !again())
                return 0;
            if (n > 0) {
                c->out += (unsigned)n;
                moved = 1;
            }
        }
        if (c->ended && c->in == c->out)
            return 0;
        if (!moved)
            return 1;
    }
}

static void work(int listener)
{
    int ep = epoll_create1(0);
    struct epoll_event l = {.events = EPOLLIN}, ready[64];

    epoll_ctl(ep, EPOLL_CTL_ADD, listener, &l);
    for (;;) {
        int n = epoll_wait(ep, ready, 64, -1);
        for (int i = 0; i < n; i++) {
            struct client *c = ready[i].data.ptr;
            if (c == NULL) {
                int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
                if (fd < 0) {
                    if (!again())
                        usleep(10000);
                    continue;
                }
                c = calloc(1, sizeof *c);
                if (c == NULL)
                    exit(1);
                c->fd = fd;
                struct epoll_event e = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c};
                epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
            } else if (!turn(c)) {
                close(c->fd);
                free(c);
            }
        }
    }
}

int main(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(getenv("PORT")))};
    int one = 1, s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(s, (struct sockaddr *)&a, sizeof a) || listen(s, 256)) {
        perror("listen");
        return 1;
    }
    for (int i = 0; i < 3; i++) {
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGTERM);
            break;
        }
    }
    work(s);
}
