/* Bug: events are one-shot; when the output that waited for a slow reader is out at last, the
 *     connection is not registered for reading again, and stands still for ever.
 * Cause: never-resumes
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
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define THREADS 4
#define BUFFER 65536

/* Belongs to one thread at a time: to the one that has got its event. */
typedef struct {
    int fd;
    size_t sent, used;
    char data[BUFFER];
} peer_t;

static int epfd;

static void arm(peer_t *p, uint32_t events)
{
    struct epoll_event ev = {.events = events | EPOLLONESHOT};

    ev.data.ptr = p;
    epoll_ctl(epfd, EPOLL_CTL_MOD, p->fd, &ev);
}

static void hang_up(peer_t *p)
{
    close(p->fd);
    free(p);
}

/* 0: everything is out, 1: something is left, -1: error */
static int push(peer_t *p)
{
    while (p->sent < p->used) {
        ssize_t n = send(p->fd, p->data + p->sent, p->used - p->sent, MSG_NOSIGNAL);
        if (n >= 0)
            p->sent += (size_t)n;
        else if (errno == EAGAIN)
            return 1;
        else if (errno != EINTR)
            return -1;
    }
    p->sent = p->used = 0;
    return 0;
}

static void handle(peer_t *p)
{
    ssize_t n;

    if (p->used > 0) {
        switch (push(p)) {
        case -1:
            hang_up(p);
            break;
        case 1:
            arm(p, EPOLLOUT);
            break;
        }
        return;
    }
    n = recv(p->fd, p->data, sizeof p->data, 0);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
        hang_up(p);
        return;
    }
    if (n > 0)
        p->used = (size_t)n;
    switch (push(p)) {
    case -1:
        hang_up(p);
        break;
    case 1:
        arm(p, EPOLLOUT);
        break;
    default:
        arm(p, EPOLLIN);
    }
}

static void *worker(void *unused)
{
    struct epoll_event ev;

    (void)unused;
    for (;;)
        if (epoll_wait(epfd, &ev, 1, -1) == 1)
            handle(ev.data.ptr);
    return NULL;
}

static int listen_on(unsigned short port)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons(port)};
    int yes = 1, s = socket(AF_INET, SOCK_STREAM, 0);

    sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(s, (struct sockaddr *)&sa, sizeof sa) < 0 || listen(s, 1000) < 0) {
        perror("listen_on");
        exit(1);
    }
    return s;
}

int main(void)
{
    int s = listen_on((unsigned short)atoi(getenv("PORT")));
    pthread_t t;

    epfd = epoll_create1(0);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&t, NULL, worker, NULL);
    for (;;) {
        int fd = accept4(s, NULL, NULL, SOCK_NONBLOCK);
        if (fd < 0) {
            if (errno == EMFILE || errno == ENFILE)
                usleep(50000);
            continue;
        }
        peer_t *p = malloc(sizeof *p);
        if (p == NULL) {
            close(fd);
            continue;
        }
        p->fd = fd;
        p->sent = p->used = 0;
        struct epoll_event ev = {.events = EPOLLIN | EPOLLONESHOT, .data = {.ptr = p}};
        epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &ev);
    }
}
