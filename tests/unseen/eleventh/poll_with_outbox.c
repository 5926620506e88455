/*
 * Bug: when the 64 KiB that a client has for its answers are full, what does not fit is cut off, so
 *     a client that sends much before it reads loses bytes
 * Cause: stalled-output-dropped
 * Profile: concurrent
 * Port: $PORT
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_CLIENTS 4096
#define OUTBOX 65536

typedef struct {
    int ended;
    size_t used;
    char outbox[OUTBOX];
} client_t;

static struct pollfd fds[MAX_CLIENTS + 1];
static client_t *clients[MAX_CLIENTS + 1];
static nfds_t nfds = 1;

static void add_client(int listener)
{
    int fd = accept(listener, NULL, NULL);
    client_t *client;

    if (fd == -1) {
        if (errno == EMFILE || errno == ENFILE)
            poll(NULL, 0, 20);
        return;
    }
    client = nfds > MAX_CLIENTS ? NULL : malloc(sizeof *client);
    if (client == NULL) {
        close(fd);
        return;
    }
    client->ended = 0;
    client->used = 0;
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    fds[nfds].fd = fd;
    fds[nfds].events = POLLIN;
    fds[nfds].revents = 0;
    clients[nfds] = client;
    nfds++;
}

static void remove_client(nfds_t i)
{
    close(fds[i].fd);
    free(clients[i]);
    nfds--;
    fds[i] = fds[nfds];
    clients[i] = clients[nfds];
}

static void append(client_t *client, const char *data, size_t length)
{
    size_t room = OUTBOX - client->used;

    if (length > room)
        length = room;
    memcpy(client->outbox + client->used, data, length);
    client->used += length;
}

static int receive(int fd, client_t *client)
{
    char data[16384];
    ssize_t n = recv(fd, data, sizeof data, 0);

    if (n > 0)
        append(client, data, (size_t)n);
    else if (n == 0)
        client->ended = 1;
    else if (errno != EAGAIN && errno != EINTR)
        return -1;
    return 0;
}

static int flush(int fd, client_t *client)
{
    ssize_t n = send(fd, client->outbox, client->used, MSG_NOSIGNAL);

    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    client->used -= (size_t)n;
    memmove(client->outbox, client->outbox + n, client->used);
    return 0;
}

/* Returns 0 while the client stays. */
static int serve(struct pollfd *p, client_t *client)
{
    if (p->revents & (POLLIN | POLLHUP | POLLERR) && !client->ended && receive(p->fd, client) < 0)
        return -1;
    if (client->used > 0 && flush(p->fd, client) < 0)
        return -1;
    if (client->ended && client->used == 0)
        return -1;
    p->events = (client->ended ? 0 : POLLIN) | (client->used > 0 ? POLLOUT : 0);
    return 0;
}

int main(void)
{
    struct sockaddr_in addr;
    int one = 1;

    memset(&addr, 0, sizeof addr);
    addr.sin_family = AF_INET;
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    addr.sin_port = htons((unsigned short)atoi(getenv("PORT")));

    fds[0].fd = socket(AF_INET, SOCK_STREAM, 0);
    fds[0].events = POLLIN;
    setsockopt(fds[0].fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fds[0].fd, (struct sockaddr *)&addr, sizeof addr) || listen(fds[0].fd, 1024)) {
        perror("server");
        return 1;
    }
    fcntl(fds[0].fd, F_SETFL, O_NONBLOCK);
    for (;;) {
        if (poll(fds, nfds, -1) < 0 && errno != EINTR)
            return 1;
        for (nfds_t i = nfds - 1; i > 0; i--)
            if (fds[i].revents != 0 && serve(&fds[i], clients[i]) < 0)
                remove_client(i);
        if (fds[0].revents & POLLIN)
            add_client(fds[0].fd);
    }
}
