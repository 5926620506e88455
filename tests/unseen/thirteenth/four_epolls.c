/*
 * Bug: EPOLLOUT is missing in the events that are asked for: when a send found no room nobody
 *     says that there is room again, and a client that read too slowly for a while gets no more.
 * Cause: writable-not-watched, never-resumes
 * Also: deadlock-both-ways
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define THREADS 4
#define SIZE 6001
#define BUDGET 8

struct client {
    int fd, listed;
    size_t from, to;
    struct client *next;
    char data[SIZE];
};

enum state { WAITS, READY, GONE };

static enum state turn(struct client *c)
{
    int moves;

    for (moves = 0; moves < BUDGET; moves++) {
        ssize_t n;

        while (c->from < c->to) {
            n = send(c->fd, c->data + c->from, c->to - c->from, MSG_NOSIGNAL);
            if (n < 0)
                return errno == EAGAIN ? WAITS : GONE;
            c->from += (size_t)n;
        }
        n = recv(c->fd, c->data, SIZE, 0);
        if (n <= 0)
            return n < 0 && errno == EAGAIN ? WAITS : GONE;
        c->from = 0;
        c->to = (size_t)n;
    }
    return READY;
}

static void *work(void *arg)
{
    int poll = *(int *)arg;
    struct client *ready = NULL;

    for (;;) {
        struct epoll_event found[32];
        struct client *todo;
        int i, n = epoll_wait(poll, found, 32, ready ? 0 : -1);

        for (i = 0; i < n; i++) {
            struct client *c = found[i].data.ptr;

            if (!c->listed) {
                c->listed = 1;
                c->next = ready;
                ready = c;
            }
        }
        for (todo = ready, ready = NULL; todo;) {
            struct client *c = todo;
            enum state state = turn(c);

            todo = c->next;
            c->listed = 0;
            if (state == READY) {
                c->listed = 1;
                c->next = ready;
                ready = c;
            } else if (state == GONE) {
                close(c->fd);
                free(c);
            }
        }
    }
    return NULL;
}

int main(void)
{
    static int polls[THREADS];
    struct sockaddr_in here = {.sin_family = AF_INET};
    int i, on = 1, next = 0, door = socket(AF_INET, SOCK_STREAM, 0);

    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    here.sin_port = htons((unsigned short)atoi(getenv("PORT")));
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(door, (struct sockaddr *)&here, sizeof here) < 0 || listen(door, 400) < 0) {
        perror("thread_pool_epoll");
        return 1;
    }
    for (i = 0; i < THREADS; i++) {
        pthread_t thread;

        polls[i] = epoll_create1(EPOLL_CLOEXEC);
        if (polls[i] < 0 || pthread_create(&thread, NULL, work, &polls[i]) != 0)
            return 1;
    }
    for (;; next = (next + 1) % THREADS) {
        struct epoll_event want = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET};
        struct client *c;
        int fd = accept4(door, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd < 0) {
            usleep(50000);
            continue;
        }
        c = calloc(1, sizeof *c);
        if (c == NULL) {
            close(fd);
            continue;
        }
        c->fd = fd;
        want.data.ptr = c;
        if (epoll_ctl(polls[next], EPOLL_CTL_ADD, fd, &want) < 0) {
            close(fd);
            free(c);
        }
    }
}
