/*
 * One thread and poll; a client is read again only when what it sent before has been sent back.
 *
 * Style: C, poll
 * Profile: concurrent
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SIZE = 32768, RETRY_MS = 100 };

struct client {
    size_t start, end; /* the bytes in between are owed */
    char buffer[SIZE];
};

/* polled[0] is the listener and clients[0] is not used. */
static struct pollfd *polled;
static struct client **clients;
static size_t count = 1, room;

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

static void grow(void)
{
    room = room ? room * 2 : 64;
    polled = realloc(polled, room * sizeof *polled);
    clients = realloc(clients, room * sizeof *clients);
    if (!polled || !clients) {
        perror("realloc");
        exit(1);
    }
}

/* Returns -1 when there is nothing left to make a connection of. */
static int take_client(int listener)
{
    struct client *client;
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);

    if (fd < 0)
        return errno == EAGAIN || errno == EINTR || errno == ECONNABORTED ? 0 : -1;
    client = malloc(sizeof *client);
    if (!client) {
        close(fd);
        return -1;
    }
    client->start = client->end = 0;
    if (count == room)
        grow();
    polled[count] = (struct pollfd){.fd = fd, .events = POLLIN};
    clients[count++] = client;
    return 0;
}

static void drop(size_t index)
{
    close(polled[index].fd);
    free(clients[index]);
    count--;
    polled[index] = polled[count];
    clients[index] = clients[count];
}

/* Returns -1 when the client is done with. */
static int step(struct pollfd *entry, struct client *client)
{
    if (client->start == client->end) {
        ssize_t got = recv(entry->fd, client->buffer, SIZE, 0);
        if (got < 0)
            return errno == EAGAIN || errno == EINTR ? 0 : -1;
        if (got == 0)
            return -1;
        client->start = 0;
        client->end = (size_t)got;
    }
    ssize_t sent = send(entry->fd, client->buffer + client->start, client->end - client->start,
                        MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR)
        return -1;
    if (sent > 0)
        client->start += (size_t)sent;
    entry->events = client->start == client->end ? POLLIN : POLLOUT;
    return 0;
}

int main(void)
{
    int listener = listen_on_port();
    int famine = 0;

    grow();
    for (;;) {
        /* poll ignores a negative descriptor: the listener, while there are no descriptors left. */
        polled[0] = (struct pollfd){.fd = famine ? -1 : listener, .events = POLLIN};
        int ready = poll(polled, count, famine ? RETRY_MS : -1);
        if (ready < 0)
            continue;
        famine = 0;
        /* From the last to the first: dropping moves the last one, which has had its turn. */
        for (size_t i = count; i-- > 1;)
            if (polled[i].revents && step(&polled[i], clients[i]) < 0)
                drop(i);
        if (polled[0].revents && take_client(listener) < 0)
            famine = 1;
    }
}
