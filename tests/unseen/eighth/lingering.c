/*
 * Bug: after a client's end its close is put off by a timer of 1.5 seconds; the hang-up that comes
 *     before closes the descriptor, but leaves the timer, which then closes whoever has got that
 *     number since.
 * Cause: state-by-descriptor
 * Also: closes-before-client
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
#include <time.h>
#include <unistd.h>

#define ROOM 32768
#define LINGER_MS 1500

typedef struct connection {
    int fd;
    int ending;
    size_t from, to;
    char data[ROOM];
} connection;

typedef struct timer {
    long due;
    int fd;
    struct timer *next;
} timer;

static int ep;
static connection *table[65536];
static timer *first_timer, **last_timer = &first_timer;

static long now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void close_connection(int fd)
{
    if (table[fd] == NULL)
        return;
    close(fd);
    free(table[fd]);
    table[fd] = NULL;
}

/* All timers have the same length, so a plain list is in the order of time. */
static void add_timer(int fd)
{
    timer *t = malloc(sizeof *t);

    if (t == NULL) {
        close_connection(fd);
        return;
    }
    t->due = now_ms() + LINGER_MS;
    t->fd = fd;
    t->next = NULL;
    *last_timer = t;
    last_timer = &t->next;
}

static int run_timers(void)
{
    long now = now_ms();

    while (first_timer != NULL && first_timer->due <= now) {
        timer *t = first_timer;

        first_timer = t->next;
        if (first_timer == NULL)
            last_timer = &first_timer;
        close_connection(t->fd);
        free(t);
    }
    return first_timer == NULL ? -1 : (int)(first_timer->due - now);
}

static void interest(connection *c)
{
    struct epoll_event e = {.data.fd = c->fd};

    if (c->from < c->to)
        e.events = EPOLLOUT;
    else if (!c->ending)
        e.events = EPOLLIN;
    epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &e);
}

/* Let the client take what is still on its way, and close a little later. */
static void begin_to_linger(connection *c)
{
    c->ending = 1;
    shutdown(c->fd, SHUT_WR);
    add_timer(c->fd);
}

static void handle(connection *c, unsigned events)
{
    ssize_t n;

    if (events & (EPOLLERR | EPOLLHUP)) {
        close_connection(c->fd);
        return;
    }
    if (events & EPOLLIN) {
        n = read(c->fd, c->data, ROOM);
        if (n == 0)
            begin_to_linger(c);
        if (n < 0 && errno != EAGAIN) {
            close_connection(c->fd);
            return;
        }
        c->from = 0;
        c->to = n > 0 ? (size_t)n : 0;
    }
    if (c->from < c->to) {
        n = write(c->fd, c->data + c->from, c->to - c->from);
        if (n < 0 && errno != EAGAIN) {
            close_connection(c->fd);
            return;
        }
        if (n > 0)
            c->from += (size_t)n;
    }
    interest(c);
}

static void accept_one(int listener)
{
    struct epoll_event e = {.events = EPOLLIN};
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);

    if (fd < 0) {
        if (errno != EAGAIN)
            usleep(20000);
        return;
    }
    table[fd] = calloc(1, sizeof(connection));
    if (table[fd] == NULL) {
        close(fd);
        return;
    }
    table[fd]->fd = e.data.fd = fd;
    epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
}

int main(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct epoll_event events[64], e = {.events = EPOLLIN};
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), yes = 1;

    signal(SIGPIPE, SIG_IGN);
    a.sin_port = htons((unsigned short)atoi(getenv("PORT")));
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&a, sizeof a) != 0 || listen(listener, 511) != 0) {
        fprintf(stderr, "lingering: %s\n", strerror(errno));
        return 1;
    }
    ep = epoll_create1(0);
    e.data.fd = listener;
    epoll_ctl(ep, EPOLL_CTL_ADD, listener, &e);
    for (;;) {
        int n = epoll_wait(ep, events, 64, run_timers());

        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;

            if (fd == listener)
                accept_one(listener);
            else if (table[fd] != NULL)
                handle(table[fd], events[i].events);
        }
    }
}
