/* Bug: events are edge-triggered; when reading goes on after the output was full, only one read is
 *     done. What is still in the socket then gives no new event: the connection stands still.
 * Cause: edge-not-drained, never-resumes
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUF_CAP (32 * 1024)

struct session {
    int sock;
    bool paused; /* no more is read until the client takes what we have */
    bool eof;
    size_t head, tail;
    char buf[BUF_CAP];
};

static int efd;

static void session_free(struct session *s)
{
    close(s->sock);
    free(s);
}

/* 1: something was read, 0: nothing now (or the end), -1: broken */
static int receive_some(struct session *s)
{
    ssize_t n;

    if (s->head == s->tail)
        s->head = s->tail = 0;
    if (s->tail == BUF_CAP) {
        s->paused = true;
        return 0;
    }
    n = recv(s->sock, s->buf + s->tail, BUF_CAP - s->tail, 0);
    if (n > 0) {
        s->tail += (size_t)n;
        return 1;
    }
    if (n == 0) {
        s->eof = true;
        return 0;
    }
    if (errno == EINTR)
        return 1;
    return errno == EAGAIN ? 0 : -1;
}

static int transmit(struct session *s)
{
    while (s->head < s->tail) {
        ssize_t n = send(s->sock, s->buf + s->head, s->tail - s->head, MSG_NOSIGNAL);
        if (n >= 0)
            s->head += (size_t)n;
        else if (errno == EAGAIN)
            return 0;
        else if (errno != EINTR)
            return -1;
    }
    return 0;
}

static int handle_readable(struct session *s)
{
    int rc;

    while (!s->paused && !s->eof && (rc = receive_some(s)) != 0)
        if (rc < 0 || transmit(s) < 0)
            return -1;
    return 0;
}

static int handle_writable(struct session *s)
{
    if (transmit(s) < 0)
        return -1;
    if (s->paused && s->head == s->tail) {
        s->paused = false;
        /* the edge may have come while we were paused */
        if (receive_some(s) < 0)
            return -1;
        return transmit(s);
    }
    return 0;
}

static void dispatch(struct session *s, uint32_t events)
{
    int rc = 0;

    if (events & (EPOLLERR))
        rc = -1;
    if (rc == 0 && (events & (EPOLLIN | EPOLLRDHUP)))
        rc = handle_readable(s);
    if (rc == 0 && (events & EPOLLOUT))
        rc = handle_writable(s);
    if (rc < 0 || (s->eof && s->head == s->tail))
        session_free(s);
}

static void accept_clients(int lfd)
{
    for (;;) {
        int fd = accept4(lfd, NULL, NULL, SOCK_NONBLOCK);
        if (fd < 0) {
            if (errno == EMFILE || errno == ENFILE)
                usleep(20000);
            return;
        }
        struct session *s = calloc(1, sizeof *s);
        if (s == NULL) {
            close(fd);
            continue;
        }
        s->sock = fd;
        struct epoll_event ev = {EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, {.ptr = s}};
        epoll_ctl(efd, EPOLL_CTL_ADD, fd, &ev);
    }
}

int main(void)
{
    struct sockaddr_in sin = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int lfd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), yes = 1;

    sin.sin_port = htons((uint16_t)strtoul(getenv("PORT"), NULL, 10));
    setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(lfd, (struct sockaddr *)&sin, sizeof sin) != 0 || listen(lfd, SOMAXCONN) != 0) {
        perror("ingress");
        return EXIT_FAILURE;
    }
    efd = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event lev = {EPOLLIN, {.ptr = NULL}}, events[64];
    epoll_ctl(efd, EPOLL_CTL_ADD, lfd, &lev);
    for (;;) {
        int n = epoll_wait(efd, events, 64, -1);
        for (int i = 0; i < n; i++)
            if (events[i].data.ptr == NULL)
                accept_clients(lfd);
            else
                dispatch(events[i].data.ptr, events[i].events);
    }
}
