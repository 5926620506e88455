/*
 * Bug: POLLRDHUP, which says that the client has ended its side, is looked at before POLLIN, and
 *     the connection is closed with data unread in it; that resets it and the last messages are
 *     lost.
 * Cause: end-with-data-lost
 * Also: half-close-ends-at-once, pending-dropped-at-end, reset-instead-of-fin
 * Caught by: shutdown/data-with-fin
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* One thread for each client; poll() so that its end is noticed early. */
static void *attend(void *arg)
{
    int s = (int)(intptr_t)arg;
    char page[4096];

    for (;;) {
        struct pollfd p = {.fd = s, .events = POLLIN | POLLRDHUP};
        ssize_t n, off = 0;

        if (poll(&p, 1, -1) < 0 && errno == EINTR)
            continue;
        if (p.revents & (POLLRDHUP | POLLHUP | POLLERR))
            break;
        n = recv(s, page, sizeof page, 0);
        if (n <= 0)
            break;
        while (off < n) {
            ssize_t k = send(s, page + off, (size_t)(n - off), MSG_NOSIGNAL);
            if (k < 0)
                break;
            off += k;
        }
        if (off < n)
            break;
    }
    close(s);
    return NULL;
}

int main(void)
{
    struct sockaddr_in sa = {.sin_family = AF_INET};
    int on = 1, fd, l = socket(AF_INET, SOCK_STREAM, 0);
    pthread_t id;

    sa.sin_addr.s_addr = inet_addr("127.0.0.1");
    sa.sin_port = htons((uint16_t)atoi(getenv("PORT") ? getenv("PORT") : "9999"));
    setsockopt(l, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(l, (struct sockaddr *)&sa, sizeof sa) || listen(l, 64))
        err(1, "listen");
    for (;;) {
        if ((fd = accept(l, NULL, NULL)) < 0) {
            usleep(50000);
            continue;
        }
        if (pthread_create(&id, NULL, attend, (void *)(intptr_t)fd) == 0)
            pthread_detach(id);
        else
            close(fd);
    }
}
