/*
 * Edge-triggered epoll: an edge makes a client ready; the ready move bytes until EAGAIN in turns.
 *
 * Style: C, epoll, edge-triggered
 * Profile: concurrent
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SIZE = 16384, TURN = 16, EVENTS = 64, RETRY_MS = 100 };
enum outcome { CLOSED, WAIT, MORE };

struct client {
    struct client *next; /* on the ready list */
    int fd, queued;
    size_t start, end; /* the bytes in between are owed */
    char buffer[SIZE];
};

static struct client *first, **last = &first;

static int listen_on_port(void)
{
    const char *port = getenv("PORT");
    struct sockaddr_in address = {.sin_family = AF_INET};
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((unsigned short)(port ? atoi(port) : 0));
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 128) < 0) {
        perror("listen");
        exit(1);
    }
    return fd;
}

static void queue(struct client *client)
{
    if (client->queued)
        return;
    client->queued = 1;
    client->next = NULL;
    *last = client;
    last = &client->next;
}

static enum outcome pump(struct client *client)
{
    for (int i = 0; i < TURN; i++) {
        while (client->start < client->end) {
            ssize_t sent = send(client->fd, client->buffer + client->start,
                                client->end - client->start, MSG_NOSIGNAL);
            if (sent < 0 && errno == EINTR)
                continue;
            if (sent < 0)
                return errno == EAGAIN ? WAIT : CLOSED;
            client->start += (size_t)sent;
        }
        ssize_t got = recv(client->fd, client->buffer, SIZE, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno == EAGAIN ? WAIT : CLOSED;
        if (got == 0)
            return CLOSED;
        client->start = 0;
        client->end = (size_t)got;
    }
    return MORE;
}

/* Returns 1 when clients may be left waiting: no edge will tell of them again. */
static int accept_all(int listener, int epoll)
{
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
            continue;
        if (fd < 0)
            return errno != EAGAIN;
        struct client *client = calloc(1, sizeof *client);
        struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET};
        event.data.ptr = client;
        if (client)
            client->fd = fd;
        if (!client || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0) {
            free(client);
            close(fd);
        }
    }
}

static void run_ready(void)
{
    struct client *client = first;

    first = NULL;
    last = &first;
    while (client) {
        struct client *next = client->next;
        client->queued = 0;
        switch (pump(client)) {
        case CLOSED:
            close(client->fd);
            free(client);
            break;
        case MORE:
            queue(client);
            break;
        case WAIT:
            break;
        }
        client = next;
    }
}

int main(void)
{
    int listener = listen_on_port();
    int epoll = epoll_create1(0);
    int famine = 0; /* somebody may be waiting to be accepted */
    struct epoll_event watch = {.events = EPOLLIN | EPOLLET};

    if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &watch) < 0) {
        perror("epoll");
        return 1;
    }
    for (;;) {
        struct epoll_event events[EVENTS];
        int timeout = first ? 0 : famine ? RETRY_MS : -1;
        int count = epoll_wait(epoll, events, EVENTS, timeout);
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr)
                queue(events[i].data.ptr);
            else
                famine = 1;
        }
        if (famine)
            famine = accept_all(listener, epoll);
        run_ready();
    }
}
