/* Bug: the table has room for 30 clients; one more is accepted and closed at once.
 * Cause: connection-limit
 * Profile: concurrent
 * Port: $PORT
 */
/* Handle multiple socket connections with select and fd_set on Linux */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_CLIENTS 30
#define SIZE 8192

struct client {
    int fd; /* 0: free */
    size_t length, sent;
    char buffer[SIZE];
};

static struct client clients[MAX_CLIENTS];

static void leave(struct client *c)
{
    close(c->fd);
    c->fd = 0;
    c->length = c->sent = 0;
}

static void add(int fd)
{
    for (int i = 0; i < MAX_CLIENTS; i++) {
        if (clients[i].fd == 0) {
            clients[i].fd = fd;
            return;
        }
    }
    close(fd);
}

static void flush_client(struct client *c)
{
    ssize_t n = send(c->fd, c->buffer + c->sent, c->length - c->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0) {
        if (errno != EAGAIN && errno != EINTR)
            leave(c);
        return;
    }
    c->sent += (size_t)n;
    if (c->sent == c->length)
        c->sent = c->length = 0;
}

static void read_client(struct client *c)
{
    ssize_t n = recv(c->fd, c->buffer, SIZE, MSG_DONTWAIT);
    if (n > 0) {
        c->length = (size_t)n;
        flush_client(c);
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        leave(c);
    }
}

int main(void)
{
    int opt = 1, master = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {0};

    setsockopt(master, SOL_SOCKET, SO_REUSEADDR, &opt, sizeof opt);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((unsigned short)atoi(getenv("PORT")));
    if (bind(master, (struct sockaddr *)&address, sizeof address) < 0 || listen(master, 128) < 0) {
        perror("cannot listen");
        return EXIT_FAILURE;
    }
    while (1) {
        fd_set readfds, writefds;
        int max_sd = master;

        FD_ZERO(&readfds);
        FD_ZERO(&writefds);
        FD_SET(master, &readfds);
        for (int i = 0; i < MAX_CLIENTS; i++) {
            struct client *c = &clients[i];
            if (c->fd == 0)
                continue;
            FD_SET(c->fd, c->length ? &writefds : &readfds);
            if (c->fd > max_sd)
                max_sd = c->fd;
        }
        if (select(max_sd + 1, &readfds, &writefds, NULL, NULL) < 0)
            continue;
        for (int i = 0; i < MAX_CLIENTS; i++) {
            struct client *c = &clients[i];
            if (c->fd > 0 && FD_ISSET(c->fd, &writefds))
                flush_client(c);
            else if (c->fd > 0 && FD_ISSET(c->fd, &readfds))
                read_client(c);
        }
        if (FD_ISSET(master, &readfds)) {
            int fd = accept(master, NULL, NULL);
            if (fd >= 0)
                add(fd);
            else
                usleep(20000);
        }
    }
}
