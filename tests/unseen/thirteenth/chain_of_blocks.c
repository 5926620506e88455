/*
 * Bug: the pieces of writev() begin at the start of each block, not at what of it is still to be
 *     sent: when a slow reader took a part of a block, its beginning is sent again in place of
 *     its rest.
 * Cause: send-retried-from-start
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define BLOCK 4000
#define HIGH (16 * BLOCK)

struct block {
    struct block *next;
    size_t from, to;
    char data[BLOCK];
};

struct buffer {
    struct block *first, *last;
    size_t size;
};

struct event {
    int fd, reading, ended;
    struct buffer output;
    void (*on_read)(struct event *, const char *, size_t);
};

static struct event **events;
static struct pollfd *polled;
static size_t count, room;

static void add(struct buffer *to, const char *data, size_t size)
{
    to->size += size;
    while (size > 0) {
        size_t part;

        if (to->last == NULL || to->last->to == BLOCK) {
            struct block *fresh = calloc(1, sizeof *fresh);

            if (fresh == NULL)
                abort();
            if (to->last)
                to->last->next = fresh;
            else
                to->first = fresh;
            to->last = fresh;
        }
        part = BLOCK - to->last->to;
        if (part > size)
            part = size;
        memcpy(to->last->data + to->last->to, data, part);
        to->last->to += part;
        data += part;
        size -= part;
    }
}

static void drain(struct buffer *of, size_t size)
{
    of->size -= size;
    while (size > 0 || (of->first && of->first->from == of->first->to)) {
        struct block *first = of->first;
        size_t part = first->to - first->from;

        if (part > size)
            part = size;
        first->from += part;
        size -= part;
        if (first->from == first->to) {
            of->first = first->next;
            if (of->first == NULL)
                of->last = NULL;
            free(first);
        }
    }
}

/* Whether the connection can go on. */
static int flush(struct event *e)
{
    struct iovec pieces[8];
    struct block *b;
    ssize_t n;
    int used = 0;

    for (b = e->output.first; b && used < 8; b = b->next, used++) {
        pieces[used].iov_base = b->data;
        pieces[used].iov_len = b->to - b->from;
    }
    if (used == 0)
        return 1;
    n = writev(e->fd, pieces, used);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    drain(&e->output, (size_t)n);
    return 1;
}

static void echo(struct event *e, const char *data, size_t size)
{
    add(&e->output, data, size);
}

static void new_event(int fd)
{
    struct event *e = calloc(1, sizeof *e);

    if (count == room) {
        room = room ? 2 * room : 16;
        events = realloc(events, room * sizeof *events);
        polled = realloc(polled, (room + 1) * sizeof *polled);
    }
    if (e == NULL || events == NULL || polled == NULL)
        abort();
    e->fd = fd;
    e->reading = 1;
    e->on_read = echo;
    events[count++] = e;
}

static void free_event(size_t index)
{
    struct event *e = events[index];

    drain(&e->output, e->output.size);
    close(e->fd);
    free(e);
    events[index] = events[--count];
}

static int dispatch(struct event *e, short what)
{
    if (what & (POLLIN | POLLHUP | POLLERR)) {
        char data[BLOCK];
        ssize_t n = e->reading ? read(e->fd, data, sizeof data) : 0;

        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return 0;
        if (!e->reading && (what & (POLLERR | POLLHUP)) == POLLERR)
            return 0;
        if (e->reading && n == 0)
            e->ended = 1;
        if (n > 0)
            e->on_read(e, data, (size_t)n);
    }
    if (!flush(e))
        return 0;
    e->reading = !e->ended && e->output.size < HIGH;
    return !e->ended || e->output.size > 0;
}

int main(void)
{
    struct sockaddr_in here = {.sin_family = AF_INET};
    int on = 1, door = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), resting = 0;

    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    here.sin_port = htons((unsigned short)atoi(getenv("PORT")));
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(door, (struct sockaddr *)&here, sizeof here) < 0 || listen(door, 128) < 0) {
        perror("bufferevents");
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);
    polled = calloc(1, sizeof *polled);
    for (;;) {
        size_t i;

        polled[0].fd = resting ? -1 : door;
        polled[0].events = POLLIN;
        for (i = 0; i < count; i++) {
            polled[i + 1].fd = events[i]->fd;
            polled[i + 1].events = (short)((events[i]->reading ? POLLIN : 0) |
                                           (events[i]->output.size ? POLLOUT : 0));
        }
        if (poll(polled, count + 1, resting ? 100 : -1) < 0)
            continue;
        resting = 0;
        for (i = count; i-- > 0;)
            if (polled[i + 1].revents && !dispatch(events[i], polled[i + 1].revents))
                free_event(i);
        if (polled[0].revents) {
            int fd = accept4(door, NULL, NULL, SOCK_NONBLOCK);

            if (fd >= 0)
                new_event(fd);
            else if (errno == EMFILE || errno == ENFILE)
                resting = 1;
        }
    }
}
