/* Bug: when a client takes its data again after a pause, the output is sent, and nobody goes on to
 *     read: with edge-triggered events the input that came meanwhile is never announced again.
 * Cause: never-resumes
 * Also: deadlock-both-ways
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

#define MAX_EVENTS 256
#define BUFFER_SIZE (64 * 1024)

typedef struct client {
    int fd;
    int eof;
    size_t len;
    char buffer[BUFFER_SIZE];
} client_t;

static int create_listener(int port)
{
    int one = 1;
    struct sockaddr_in addr;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    memset(&addr, 0, sizeof(addr));
    addr.sin_family = AF_INET;
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    addr.sin_port = htons((unsigned short)port);
    if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(fd, SOMAXCONN) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* -1 if the connection is broken */
static int flush_output(client_t *c)
{
    size_t done = 0;
    while (done < c->len) {
        ssize_t n = send(c->fd, c->buffer + done, c->len - done, MSG_NOSIGNAL);
        if (n > 0) {
            done += (size_t)n;
        } else if (errno == EINTR) {
            continue;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            break;
        } else {
            return -1;
        }
    }
    memmove(c->buffer, c->buffer + done, c->len - done);
    c->len -= done;
    return 0;
}

/* Reads until the socket is drained or the buffer is full. */
static int handle_input(client_t *c)
{
    while (!c->eof && c->len < BUFFER_SIZE) {
        ssize_t n = recv(c->fd, c->buffer + c->len, BUFFER_SIZE - c->len, 0);
        if (n > 0) {
            c->len += (size_t)n;
            if (flush_output(c) < 0)
                return -1;
        } else if (n == 0) {
            c->eof = 1;
        } else if (errno == EINTR) {
            continue;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            break;
        } else {
            return -1;
        }
    }
    return 0;
}

static void accept_clients(int epfd, int listener)
{
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            if (errno == EINTR || errno == ECONNABORTED)
                continue;
            if (errno != EAGAIN && errno != EWOULDBLOCK)
                usleep(50000);
            return;
        }
        client_t *c = malloc(sizeof(*c));
        if (c == NULL) {
            close(fd);
            continue;
        }
        c->fd = fd;
        c->eof = 0;
        c->len = 0;
        struct epoll_event ev = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c};
        if (epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &ev) < 0) {
            close(fd);
            free(c);
        }
    }
}

int main(void)
{
    struct epoll_event events[MAX_EVENTS];
    const char *port = getenv("PORT");
    int listener = port ? create_listener(atoi(port)) : -1;
    int epfd = epoll_create1(EPOLL_CLOEXEC);
    if (listener < 0 || epfd < 0) {
        perror("setup");
        return EXIT_FAILURE;
    }
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(epfd, EPOLL_CTL_ADD, listener, &ev);
    for (;;) {
        int n = epoll_wait(epfd, events, MAX_EVENTS, -1);
        for (int i = 0; i < n; i++) {
            client_t *c = events[i].data.ptr;
            int status = 0;
            if (c == NULL) {
                accept_clients(epfd, listener);
                continue;
            }
            if (events[i].events & EPOLLERR)
                status = -1;
            if (status == 0 && (events[i].events & (EPOLLIN | EPOLLHUP)))
                status = handle_input(c);
            if (status == 0 && (events[i].events & EPOLLOUT))
                status = flush_output(c);
            if (status < 0 || (c->eof && c->len == 0)) {
                close(c->fd);
                free(c);
            }
        }
    }
}
