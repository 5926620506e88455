/*
 * Bug: a crew of threads takes one-shot events; after a short send nobody arms the connection
 *     again, neither for writing nor for reading: only a send that takes nothing is provided for.
 * Cause: writable-not-watched
 * Also: never-resumes
 * Beside: descriptor-leak
 * Profile: concurrent
 * Port: 20108
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORT 20108
#define CREW 3

struct link {
    int fd;
    size_t from, to;
    char store[32768];
};

static int epfd, listener;

static int arm(struct link *l, int op, unsigned events)
{
    struct epoll_event ev = {.events = events | EPOLLONESHOT, .data.ptr = l};

    return epoll_ctl(epfd, op, l ? l->fd : listener, &ev);
}

static void drop(struct link *l)
{
    close(l->fd);
    free(l);
}

static void push(struct link *l)
{
    ssize_t n = send(l->fd, l->store + l->from, l->to - l->from, MSG_NOSIGNAL | MSG_DONTWAIT);

    if (n < 0 && errno == EAGAIN) {
        arm(l, EPOLL_CTL_MOD, EPOLLOUT);
        return;
    }
    if (n < 0) {
        drop(l);
        return;
    }
    l->from += (size_t)n;
    if (l->from == l->to) {
        l->from = l->to = 0;
        arm(l, EPOLL_CTL_MOD, EPOLLIN);
    }
}

static void pull(struct link *l)
{
    ssize_t n = recv(l->fd, l->store, sizeof l->store, MSG_DONTWAIT);

    if (n < 0 && errno == EAGAIN) {
        arm(l, EPOLL_CTL_MOD, EPOLLIN);
    } else if (n <= 0) {
        drop(l);
    } else {
        l->to = (size_t)n;
        push(l);
    }
}

static void admit(void)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);

    if (fd >= 0) {
        struct link *l = calloc(1, sizeof *l);

        if (l) {
            l->fd = fd;
            arm(l, EPOLL_CTL_ADD, EPOLLIN);
        } else {
            close(fd);
        }
    } else if (errno != EAGAIN) {
        usleep(100000);
    }
    arm(NULL, EPOLL_CTL_MOD, EPOLLIN);
}

static void *crew_member(void *unused)
{
    struct epoll_event ev;

    (void)unused;
    for (;;) {
        struct link *l;

        if (epoll_wait(epfd, &ev, 1, -1) != 1)
            continue;
        l = ev.data.ptr;
        if (l == NULL)
            admit();
        else if (l->to > l->from)
            push(l);
        else
            pull(l);
    }
    return NULL;
}

int main(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    pthread_t crew[CREW];
    int i, on = 1;

    inet_pton(AF_INET, "127.0.0.1", &a.sin_addr);
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&a, sizeof a) || listen(listener, SOMAXCONN)) {
        perror("127.0.0.1");
        return 1;
    }
    epfd = epoll_create1(0);
    arm(NULL, EPOLL_CTL_ADD, EPOLLIN);
    for (i = 0; i < CREW; i++)
        pthread_create(&crew[i], NULL, crew_member, NULL);
    for (i = 0; i < CREW; i++)
        pthread_join(crew[i], NULL);
    return 0;
}
