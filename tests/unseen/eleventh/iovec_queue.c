/*
 * Bug: after a writev() that has taken the first piece and a part of the second, only the first is
 *     taken off the queue; the begin of the second is sent again.
 * Cause: send-retried-from-start
 * Also: sent-twice
 * Beside: spins-at-accept
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define CHUNK_SIZE 8192
#define MAX_IOV 64
#define HIGH_WATER (MAX_IOV * CHUNK_SIZE)

struct chunk {
    STAILQ_ENTRY(chunk) link;
    size_t off, len;
    char data[CHUNK_SIZE];
};

struct client {
    int fd, eof;
    size_t queued;
    STAILQ_HEAD(, chunk) chunks;
};

static int epfd;

static void client_free(struct client *cl)
{
    struct chunk *ch;
    while ((ch = STAILQ_FIRST(&cl->chunks)) != NULL) {
        STAILQ_REMOVE_HEAD(&cl->chunks, link);
        free(ch);
    }
    close(cl->fd);
    free(cl);
}

/* 1: something came, 0: the end or nothing now, -1: broken */
static int client_read(struct client *cl)
{
    struct chunk *ch = malloc(sizeof *ch);
    if (ch == NULL)
        return -1;
    ssize_t n = read(cl->fd, ch->data, sizeof ch->data);
    if (n <= 0) {
        free(ch);
        if (n == 0)
            cl->eof = 1;
        return n == 0 || errno == EAGAIN || errno == EINTR ? 0 : -1;
    }
    ch->off = 0;
    ch->len = (size_t)n;
    STAILQ_INSERT_TAIL(&cl->chunks, ch, link);
    cl->queued += (size_t)n;
    return 1;
}

static void client_advance(struct client *cl, size_t n)
{
    struct chunk *ch = STAILQ_FIRST(&cl->chunks);
    if (n < ch->len) {
        ch->off += n;
        ch->len -= n;
        cl->queued -= n;
        return;
    }
    while (ch != NULL && n >= ch->len) {
        n -= ch->len;
        cl->queued -= ch->len;
        STAILQ_REMOVE_HEAD(&cl->chunks, link);
        free(ch);
        ch = STAILQ_FIRST(&cl->chunks);
    }
}

static int client_write(struct client *cl)
{
    struct iovec iov[MAX_IOV];
    struct chunk *ch;
    int count = 0;
    STAILQ_FOREACH(ch, &cl->chunks, link) {
        if (count == MAX_IOV)
            break;
        iov[count].iov_base = ch->data + ch->off;
        iov[count++].iov_len = ch->len;
    }
    if (count == 0)
        return 0;
    ssize_t n = writev(cl->fd, iov, count);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    client_advance(cl, (size_t)n);
    return 0;
}

static void client_event(struct client *cl, uint32_t events)
{
    if (!cl->eof && cl->queued < HIGH_WATER && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
        if (client_read(cl) < 0) {
            client_free(cl);
            return;
        }
    if (client_write(cl) < 0 || (cl->eof && cl->queued == 0)) {
        client_free(cl);
        return;
    }
    struct epoll_event ev = {.data.ptr = cl};
    if (!cl->eof && cl->queued < HIGH_WATER)
        ev.events |= EPOLLIN;
    if (cl->queued > 0)
        ev.events |= EPOLLOUT;
    epoll_ctl(epfd, EPOLL_CTL_MOD, cl->fd, &ev);
}

static void client_new(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return;
    struct client *cl = calloc(1, sizeof *cl);
    if (cl == NULL) {
        close(fd);
        return;
    }
    cl->fd = fd;
    STAILQ_INIT(&cl->chunks);
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = cl};
    if (epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &ev) < 0)
        client_free(cl);
}

int main(void)
{
    const char *port = getenv("PORT");
    struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons(port ? atoi(port) : 7007)};
    int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    signal(SIGPIPE, SIG_IGN);
    inet_pton(AF_INET, "127.0.0.1", &sin.sin_addr);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&sin, sizeof sin) < 0 || listen(listener, SOMAXCONN) < 0) {
        perror("echo");
        return EXIT_FAILURE;
    }
    epfd = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = NULL}, ready[64];
    epoll_ctl(epfd, EPOLL_CTL_ADD, listener, &ev);
    for (;;) {
        int n = epoll_wait(epfd, ready, 64, -1);
        for (int i = 0; i < n; i++) {
            if (ready[i].data.ptr == NULL)
                client_new(listener);
            else
                client_event(ready[i].data.ptr, ready[i].events);
        }
    }
}
