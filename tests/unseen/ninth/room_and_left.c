/*
 * Bug: `|` binds more tightly than `?:`, so the mask is EPOLLOUT alone whenever there is room or
 *     something left; after the first short send the connection is never read from again, and
 *     the loop is woken without end by a socket that can be written to.
 * Cause: never-resumes
 * Also: busy-loop-writable, spins-idle
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define CAPACITY 16384u

struct peer {
    int fd;
    uint32_t mask; /* what epoll watches now */
    int at_end;    /* the peer has ended its side */
    size_t left;   /* bytes at the start of data that are to be sent */
    uint8_t data[CAPACITY];
};

static int ep;

static int watch(struct peer *p)
{
    size_t room = p->at_end ? 0 : CAPACITY - p->left;
    uint32_t mask = (room ? EPOLLIN : 0) | p->left ? EPOLLOUT : 0;
    struct epoll_event ev = {.events = mask, .data = {.ptr = p}};

    if (mask == p->mask)
        return 0;
    p->mask = mask;
    return epoll_ctl(ep, EPOLL_CTL_MOD, p->fd, &ev);
}

static int fill(struct peer *p)
{
    if (p->at_end || p->left == CAPACITY)
        return 0;
    ssize_t n = recv(p->fd, p->data + p->left, CAPACITY - p->left, 0);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    p->at_end = n == 0;
    p->left += (size_t)n;
    return 0;
}

static int drain(struct peer *p)
{
    if (p->left == 0)
        return 0;
    ssize_t n = send(p->fd, p->data, p->left, MSG_NOSIGNAL);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    p->left -= (size_t)n;
    memmove(p->data, p->data + n, p->left);
    return 0;
}

static void serve(struct peer *p, uint32_t what)
{
    int bad = 0;

    if (what & (EPOLLIN | EPOLLHUP | EPOLLERR))
        bad = fill(p);
    if (!bad)
        bad = drain(p);
    if (!bad && (p->left || p->mask != EPOLLIN))
        bad = watch(p);
    if (bad || (p->at_end && p->left == 0)) {
        close(p->fd);
        free(p);
    }
}

static void greet(int lfd, int *spare)
{
    int fd = accept4(lfd, NULL, NULL, SOCK_NONBLOCK);
    if (fd < 0) {
        if (errno == EMFILE) {
            close(*spare);
            close(accept(lfd, NULL, NULL));
            *spare = open("/dev/null", O_RDONLY);
        }
        return;
    }
    struct peer *p = malloc(sizeof *p);
    if (!p) {
        close(fd);
        return;
    }
    p->fd = fd;
    p->left = 0;
    p->at_end = 0;
    p->mask = EPOLLIN;
    struct epoll_event ev = {.events = EPOLLIN, .data = {.ptr = p}};
    epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
}

int main(void)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    int yes = 1, spare = open("/dev/null", O_RDONLY);
    int lfd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    in.sin_port = htons((uint16_t)atoi(getenv("PORT")));
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(lfd, (struct sockaddr *)&in, sizeof in) || listen(lfd, 1024)) {
        perror("bind");
        return 1;
    }
    ep = epoll_create1(0);
    struct epoll_event ev = {.events = EPOLLIN, .data = {.ptr = NULL}}, got[128];
    epoll_ctl(ep, EPOLL_CTL_ADD, lfd, &ev);
    for (;;) {
        int n = epoll_wait(ep, got, 128, -1);
        for (int i = 0; i < n; i++) {
            if (got[i].data.ptr)
                serve(got[i].data.ptr, got[i].events);
            else
                greet(lfd, &spare);
        }
    }
}
