/*
 * Bug: bytes that wait for clients are counted against a budget of 8 MiB for all; a client that
 *     breaks off (reset) is freed without giving its bytes back, so after some of them nobody is
 *     read from any more.
 * Cause: lock-kept
 * Also: never-resumes
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

#define PER_CLIENT ((size_t)400 * 1024)
#define FOR_ALL ((size_t)8 * 1024 * 1024)
#define AT_ONCE ((size_t)16 * 1024)

struct peer {
    int fd;
    int finished;
    uint32_t mask;
    size_t begin, end;
    char *queue;
    struct peer *prev, *next;
};

static struct peer all = {.fd = -1, .prev = &all, .next = &all};
static size_t in_use;
static int ep;

static size_t pending(const struct peer *p)
{
    return p->end - p->begin;
}

static void release(struct peer *p)
{
    p->prev->next = p->next;
    p->next->prev = p->prev;
    close(p->fd);
    free(p->queue);
    free(p);
}

static void watch(struct peer *p)
{
    struct epoll_event e = {.data.ptr = p};

    if (!p->finished && pending(p) < PER_CLIENT && in_use < FOR_ALL)
        e.events |= EPOLLIN;
    if (pending(p) > 0)
        e.events |= EPOLLOUT;
    if (e.events != p->mask && epoll_ctl(ep, EPOLL_CTL_MOD, p->fd, &e) == 0)
        p->mask = e.events;
}

static void watch_all(void)
{
    for (struct peer *p = all.next; p != &all; p = p->next)
        watch(p);
}

static int fill(struct peer *p)
{
    ssize_t n;

    if (p->begin > 0) {
        memmove(p->queue, p->queue + p->begin, pending(p));
        p->end -= p->begin;
        p->begin = 0;
    }
    n = recv(p->fd, p->queue + p->end, AT_ONCE, 0);
    if (n < 0)
        return errno == EAGAIN ? 0 : -1;
    if (n == 0)
        p->finished = 1;
    p->end += (size_t)n;
    in_use += (size_t)n;
    return 0;
}

static int drain(struct peer *p)
{
    ssize_t n;

    if (pending(p) == 0)
        return 0;
    n = send(p->fd, p->queue + p->begin, pending(p), MSG_NOSIGNAL);
    if (n < 0)
        return errno == EAGAIN ? 0 : -1;
    p->begin += (size_t)n;
    in_use -= (size_t)n;
    return 0;
}

static void serve(struct peer *p, uint32_t what)
{
    int was_over = in_use >= FOR_ALL;

    if ((what & EPOLLIN) && !p->finished && pending(p) < PER_CLIENT && fill(p) < 0) {
        release(p);
        return;
    }
    if ((what & EPOLLERR) || drain(p) < 0 || (p->finished && pending(p) == 0)) {
        release(p);
        return;
    }
    watch(p);
    if (was_over != (in_use >= FOR_ALL))
        watch_all();
}

static void enter(int listener)
{
    struct peer *p;
    struct epoll_event e = {.events = 0};
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);

    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE)
            usleep(50000);
        return;
    }
    p = calloc(1, sizeof *p);
    if (p == NULL || (p->queue = malloc(PER_CLIENT + AT_ONCE)) == NULL) {
        free(p);
        close(fd);
        return;
    }
    p->fd = fd;
    p->next = &all;
    p->prev = all.prev;
    all.prev->next = p;
    all.prev = p;
    e.data.ptr = p;
    epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
    watch(p);
}

int main(void)
{
    struct sockaddr_in sa = {.sin_family = AF_INET};
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL};
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;

    sa.sin_port = htons((uint16_t)atoi(getenv("PORT")));
    sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&sa, sizeof sa) < 0 || listen(listener, 200) < 0) {
        perror("budget");
        return 1;
    }
    ep = epoll_create1(EPOLL_CLOEXEC);
    epoll_ctl(ep, EPOLL_CTL_ADD, listener, &e);
    for (;;) {
        struct epoll_event got;

        if (epoll_wait(ep, &got, 1, -1) != 1)
            continue;
        if (got.data.ptr == NULL)
            enter(listener);
        else
            serve(got.data.ptr, got.events);
    }
}
