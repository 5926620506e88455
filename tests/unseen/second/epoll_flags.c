/*
 * Bug: EPOLLRDHUP is treated like a broken connection and looked at before EPOLLIN, so a client
 *     that half-closes loses what it has sent just before.
 * Cause: half-close-ends-at-once
 * Also: end-with-data-lost, pending-dropped-at-end
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <netinet/in.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define ALWAYS (EPOLLRDHUP | EPOLLHUP | EPOLLERR)

typedef struct Session {
    int socket;
    char *at;
    size_t left;
    char space[8000];
} Session;

static bool session_read(Session *s)
{
    ssize_t n = read(s->socket, s->space, sizeof s->space);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    s->at = s->space;
    s->left = n;
    return n > 0;
}

static bool session_write(Session *s)
{
    ssize_t n = write(s->socket, s->at, s->left);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    s->at += n;
    s->left -= n;
    return true;
}

static void session_close(Session *s)
{
    close(s->socket);
    free(s);
}

static void on_event(int epoll, Session *s, unsigned what)
{
    if (what & ALWAYS) {
        session_close(s);
        return;
    }
    if ((what & EPOLLIN) && s->left == 0 && !session_read(s)) {
        session_close(s);
        return;
    }
    if (s->left > 0 && !session_write(s)) {
        session_close(s);
        return;
    }
    struct epoll_event next = {ALWAYS | (s->left ? EPOLLOUT : EPOLLIN), {.ptr = s}};
    epoll_ctl(epoll, EPOLL_CTL_MOD, s->socket, &next);
}

static void on_connect(int epoll, int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        if (errno == EMFILE)
            usleep(40000);
        return;
    }
    Session *s = calloc(1, sizeof *s);
    s->socket = fd;
    struct epoll_event first = {ALWAYS | EPOLLIN, {.ptr = s}};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &first);
}

int main(void)
{
    int on = 1;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    where.sin_port = htons(atoi(getenv("PORT")));
    signal(SIGPIPE, SIG_IGN);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&where, sizeof where) || listen(listener, 100)) {
        perror("cannot listen");
        return EXIT_FAILURE;
    }
    int epoll = epoll_create1(0);
    struct epoll_event door = {EPOLLIN, {.ptr = NULL}}, events[50];
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &door);
    for (;;) {
        int n = epoll_wait(epoll, events, 50, -1);
        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr == NULL)
                on_connect(epoll, listener);
            else
                on_event(epoll, events[i].data.ptr, events[i].events);
        }
    }
}
