/*
 * Bug: after a short send the next one begins at the right place but is given the whole count
 *     again and not what is left of it, so bytes beyond what was read are sent.
 * Cause: stale-buffer
 * Also: send-retried-from-start, sent-twice
 * Profile: one-shot
 * Port: $PORT
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define BLOCK 32768

static char block[2 * BLOCK];

static int wait_for(int fd, short events)
{
    struct pollfd p = {.fd = fd, .events = events};
    int r;

    do
        r = poll(&p, 1, -1);
    while (r < 0 && errno == EINTR);
    return r;
}

static ssize_t get(int fd)
{
    for (;;) {
        ssize_t n = recv(fd, block, BLOCK, 0);
        if (n >= 0 || (errno != EAGAIN && errno != EINTR))
            return n;
        wait_for(fd, POLLIN);
    }
}

static int put(int fd, size_t count)
{
    size_t done = 0;

    while (done < count) {
        ssize_t n = send(fd, block + done, count, MSG_NOSIGNAL);
        if (n >= 0) {
            done += (size_t)n;
            continue;
        }
        if (errno == EAGAIN)
            wait_for(fd, POLLOUT);
        else if (errno != EINTR)
            return -1;
    }
    return 0;
}

int main(void)
{
    struct sockaddr_in addr = {.sin_family = AF_INET};
    const char *port = getenv("PORT");
    int on = 1, fd, lfd = socket(AF_INET, SOCK_STREAM, 0);
    ssize_t n;

    if (!port || lfd < 0)
        return 2;
    addr.sin_port = htons(atoi(port));
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(lfd, (struct sockaddr *)&addr, sizeof addr) < 0 || listen(lfd, 128) < 0) {
        perror("listen");
        return 2;
    }
    fd = accept(lfd, NULL, NULL);
    if (fd < 0)
        return 2;
    close(lfd);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    while ((n = get(fd)) > 0)
        if (put(fd, (size_t)n) < 0)
            break;
    close(fd);
    return 0;
}
