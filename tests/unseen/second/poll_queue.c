/*
 * Bug: after a short write the count of waiting bytes is made smaller, but the start is not moved,
 *     so bytes that were sent already are sent again in place of the rest.
 * Cause: send-retried-from-start
 * Profile: concurrent
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

struct queue {
    char *bytes;
    size_t length;
};

struct {
    struct pollfd *polls;
    struct queue *queues;
    size_t count;
} all;

static const size_t capacity = 20000;

static void insert(int fd)
{
    int yes = 1;
    ioctl(fd, FIONBIO, &yes);
    all.polls = realloc(all.polls, (all.count + 1) * sizeof *all.polls);
    all.queues = realloc(all.queues, (all.count + 1) * sizeof *all.queues);
    all.polls[all.count] = (struct pollfd){.fd = fd, .events = POLLIN};
    all.queues[all.count] = (struct queue){.bytes = malloc(capacity)};
    all.count++;
}

static void erase(size_t i)
{
    close(all.polls[i].fd);
    free(all.queues[i].bytes);
    memmove(all.polls + i, all.polls + i + 1, (all.count - i - 1) * sizeof *all.polls);
    memmove(all.queues + i, all.queues + i + 1, (all.count - i - 1) * sizeof *all.queues);
    all.count--;
}

static int harmless(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* Returns 0 when the connection has ended. */
static int step(struct pollfd *p, struct queue *q)
{
    if (q->length == 0) {
        ssize_t got = read(p->fd, q->bytes, capacity);
        if (got < 0)
            return harmless();
        if (got == 0)
            return 0;
        q->length = (size_t)got;
    }
    ssize_t put = write(p->fd, q->bytes, q->length);
    if (put < 0 && !harmless())
        return 0;
    if (put > 0)
        q->length -= (size_t)put;
    p->events = q->length > 0 ? POLLOUT : POLLIN;
    return 1;
}

static void take(void)
{
    int fd = accept(all.polls[0].fd, NULL, NULL);
    if (fd >= 0)
        insert(fd);
    else if (errno == EMFILE || errno == ENFILE)
        usleep(10 * 1000);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(atoi(getenv("PORT")))};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&a, sizeof a) || listen(listener, 80)) {
        perror("listen");
        return 1;
    }
    insert(listener);
    for (;;) {
        poll(all.polls, all.count, -1);
        for (size_t i = all.count; i-- > 1;)
            if (all.polls[i].revents && !step(&all.polls[i], &all.queues[i]))
                erase(i);
        if (all.polls[0].revents)
            take();
    }
}
