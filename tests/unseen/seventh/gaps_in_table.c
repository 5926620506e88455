/*
 * Bug: a new client always takes the next place, and the table begins again only when nobody is
 *     connected; while one client stays, the places of those that have left are not used again, and
 *     when 96 have come all others are turned away.
 * Cause: connections-used-up
 * Also: connection-limit
 * Profile: concurrent
 * Port: 23917
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PLACES 96
#define BLOCK 2048

static struct pollfd table[1 + PLACES]; /* [0] is the listener */
static struct {
    char data[BLOCK];
    size_t from, to;
} waiting[1 + PLACES];
static nfds_t used = 1;
static int connected;

static void leave(nfds_t i)
{
    close(table[i].fd);
    table[i].fd = -1;
    if (--connected == 0)
        used = 1;
}

static void arrive(void)
{
    int fd = accept(table[0].fd, NULL, NULL);

    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE)
            usleep(100000);
        return;
    }
    if (used > PLACES) {
        fprintf(stderr, "server full\n");
        close(fd);
        return;
    }
    fcntl(fd, F_SETFL, O_NONBLOCK);
    table[used].fd = fd;
    table[used].events = POLLIN;
    table[used].revents = 0;
    waiting[used].from = waiting[used].to = 0;
    used++;
    connected++;
}

static void flush_out(nfds_t i)
{
    ssize_t n = send(table[i].fd, waiting[i].data + waiting[i].from,
                     waiting[i].to - waiting[i].from, MSG_NOSIGNAL);

    if (n < 0) {
        if (errno == EAGAIN)
            table[i].events = POLLOUT;
        else if (errno != EINTR)
            leave(i);
        return;
    }
    waiting[i].from += (size_t)n;
    table[i].events = waiting[i].from < waiting[i].to ? POLLOUT : POLLIN;
}

static void take_in(nfds_t i)
{
    ssize_t n = recv(table[i].fd, waiting[i].data, BLOCK, 0);

    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
        leave(i);
    } else if (n > 0) {
        waiting[i].from = 0;
        waiting[i].to = (size_t)n;
        flush_out(i);
    }
}

/* poll() gets those only that are there: it refuses more than RLIMIT_NOFILE */
static int wait_for_events(void)
{
    static struct pollfd set[1 + PLACES];
    nfds_t i, n = 0;

    for (i = 0; i < used; i++)
        if (table[i].fd != -1)
            set[n++] = table[i];
    if (poll(set, n, -1) < 0)
        return -1;
    for (i = n = 0; i < used; i++)
        if (table[i].fd != -1)
            table[i].revents = set[n++].revents;
    return 0;
}

int main(void)
{
    struct sockaddr_in a;
    int yes = 1;
    nfds_t i;

    memset(&a, 0, sizeof a);
    a.sin_family = AF_INET;
    a.sin_port = htons(23917);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    table[0].fd = socket(AF_INET, SOCK_STREAM, 0);
    table[0].events = POLLIN;
    setsockopt(table[0].fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(table[0].fd, (struct sockaddr *)&a, sizeof a) || listen(table[0].fd, 128)) {
        perror("gaps_in_table");
        return 1;
    }
    fcntl(table[0].fd, F_SETFL, O_NONBLOCK);
    for (;;) {
        if (wait_for_events() < 0)
            continue;
        for (i = used - 1; i >= 1; i--) {
            if (table[i].fd == -1 || table[i].revents == 0)
                continue;
            if (table[i].events == POLLOUT)
                flush_out(i);
            else
                take_in(i);
        }
        if (table[0].revents & POLLIN)
            arrive();
    }
}
