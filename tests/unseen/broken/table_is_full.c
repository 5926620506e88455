/*
 * Bug: there is room for six clients in the table; a seventh is accepted, finds no place and is
 *     neither served nor closed.
 * Cause: connection-limit
 * Also: descriptor-leak
 * Caught by: sessions/simultaneous
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_CLIENTS 6

static struct slot {
    int fd; /* 0: free */
    size_t have, done;
    char data[4096];
} slots[MAX_CLIENTS];

static void add_client(int fd)
{
    for (int i = 0; i < MAX_CLIENTS; i++) {
        if (slots[i].fd == 0) {
            slots[i].fd = fd;
            slots[i].have = slots[i].done = 0;
            return;
        }
    }
}

static void end(struct slot *s)
{
    close(s->fd);
    s->fd = 0;
}

static void handle(struct slot *s)
{
    ssize_t n;

    if (s->done == s->have) {
        n = recv(s->fd, s->data, sizeof s->data, 0);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
            end(s);
            return;
        }
        if (n < 0)
            return;
        s->have = (size_t)n;
        s->done = 0;
    }
    n = send(s->fd, s->data + s->done, s->have - s->done, MSG_NOSIGNAL);
    if (n > 0)
        s->done += (size_t)n;
    else if (n < 0 && errno != EAGAIN && errno != EINTR)
        end(s);
}

int main(void)
{
    struct pollfd fds[MAX_CLIENTS + 1];
    struct sockaddr_in sin = {.sin_family = AF_INET};
    int yes = 1, srv = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    sin.sin_port = htons((unsigned short)atoi(getenv("PORT") ? getenv("PORT") : "0"));
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(srv, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(srv, (struct sockaddr *)&sin, sizeof sin) || listen(srv, 64)) {
        perror("table");
        return EXIT_FAILURE;
    }
    for (;;) {
        for (int i = 0; i < MAX_CLIENTS; i++) {
            fds[i].fd = slots[i].fd ? slots[i].fd : -1;
            fds[i].events = slots[i].done < slots[i].have ? POLLOUT : POLLIN;
        }
        fds[MAX_CLIENTS].fd = srv;
        fds[MAX_CLIENTS].events = POLLIN;
        if (poll(fds, MAX_CLIENTS + 1, -1) < 0)
            continue;
        for (int i = 0; i < MAX_CLIENTS; i++)
            if (fds[i].fd >= 0 && fds[i].revents)
                handle(&slots[i]);
        if (fds[MAX_CLIENTS].revents) {
            int fd = accept4(srv, NULL, NULL, SOCK_NONBLOCK);
            if (fd >= 0)
                add_client(fd);
            else
                usleep(5000);
        }
    }
}
