/*
 * Bug: after a second partial send the offset is set to what this send has taken, and not moved on by
 *     it (= in place of +=), so bytes that have gone already are sent again.
 * Cause: send-retried-from-start
 * Also: sent-twice
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_CLIENTS 4096
#define BUF_SIZE 32768

struct client {
    char buf[BUF_SIZE];
    size_t len;
    size_t off;
};

static struct pollfd fds[MAX_CLIENTS + 1];
static struct client *clients[MAX_CLIENTS + 1];
static int nfds = 1;

static void drop(int i)
{
    close(fds[i].fd);
    free(clients[i]);
    nfds--;
    fds[i] = fds[nfds];
    clients[i] = clients[nfds];
}

static int flush_client(int i)
{
    struct client *c = clients[i];

    while (c->off < c->len) {
        ssize_t n = send(fds[i].fd, c->buf + c->off, c->len - c->off, MSG_NOSIGNAL);
        if (n < 0) {
            if (errno == EINTR)
                continue;
            if (errno == EAGAIN || errno == EWOULDBLOCK) {
                fds[i].events = POLLOUT;
                return 0;
            }
            return -1;
        }
        c->off = (size_t)n;
    }
    c->len = c->off = 0;
    fds[i].events = POLLIN;
    return 0;
}

static int serve(int i)
{
    struct client *c = clients[i];

    if (c->len == 0) {
        ssize_t n = recv(fds[i].fd, c->buf, sizeof(c->buf), 0);
        if (n < 0)
            return errno == EAGAIN || errno == EINTR ? 0 : -1;
        if (n == 0)
            return -1;
        c->len = (size_t)n;
    }
    return flush_client(i);
}

static void add(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);

    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE)
            usleep(20000);
        return;
    }
    if (nfds > MAX_CLIENTS || (clients[nfds] = calloc(1, sizeof(struct client))) == NULL) {
        close(fd);
        return;
    }
    fds[nfds].fd = fd;
    fds[nfds].events = POLLIN;
    fds[nfds].revents = 0;
    nfds++;
}

int main(void)
{
    struct sockaddr_in addr = {.sin_family = AF_INET};
    int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    addr.sin_port = htons(atoi(getenv("PORT") ? getenv("PORT") : "7007"));
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(listener, (struct sockaddr *)&addr, sizeof(addr)) || listen(listener, 512)) {
        perror("pollecho");
        return 1;
    }
    fds[0].fd = listener;
    fds[0].events = POLLIN;
    for (;;) {
        if (poll(fds, nfds, -1) < 0)
            continue;
        for (int i = nfds - 1; i > 0; i--)
            if (fds[i].revents && serve(i) < 0)
                drop(i);
        if (fds[0].revents)
            add(listener);
    }
}
