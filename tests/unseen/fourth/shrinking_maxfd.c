/*
 * Bug: whenever a client leaves, the highest descriptor is counted down by one, though the client
 *     that left may have had a lower one; select() then no longer looks at the highest.
 * Cause: wrong-nfds
 * Caught by: sessions/queue
 * Profile: concurrent
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIECE 1200

struct peer {
    char data[PIECE];
    int start, end, used;
};

static struct peer peers[FD_SETSIZE];
static fd_set everybody;
static int maxfd;

static void leave(int fd)
{
    FD_CLR(fd, &everybody);
    close(fd);
    peers[fd].used = 0;
    maxfd--;
}

static void flush_out(int fd)
{
    struct peer *p = &peers[fd];
    ssize_t n = send(fd, p->data + p->start, p->end - p->start, MSG_DONTWAIT | MSG_NOSIGNAL);

    if (n > 0)
        p->start += n;
    else if (errno != EAGAIN && errno != EINTR)
        leave(fd);
}

static void take_in(int fd)
{
    struct peer *p = &peers[fd];
    ssize_t n = recv(fd, p->data, PIECE, MSG_DONTWAIT);

    if (n > 0) {
        p->start = 0;
        p->end = n;
        flush_out(fd);
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        leave(fd);
    }
}

static void welcome(int listener)
{
    int fd = accept(listener, NULL, NULL);

    if (fd < 0) {
        usleep(50000);
        return;
    }
    if (fd >= FD_SETSIZE) {
        close(fd);
        return;
    }
    memset(&peers[fd], 0, sizeof(peers[fd]));
    peers[fd].used = 1;
    FD_SET(fd, &everybody);
    if (fd > maxfd)
        maxfd = fd;
}

int main(void)
{
    struct sockaddr_in addr = {0};
    int on = 1, listener = socket(AF_INET, SOCK_STREAM, 0);

    addr.sin_family = AF_INET;
    addr.sin_port = htons(atoi(getenv("PORT")));
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&addr, sizeof addr) < 0 || listen(listener, 64) < 0) {
        perror("bind");
        return 1;
    }
    FD_ZERO(&everybody);
    FD_SET(listener, &everybody);
    maxfd = listener;
    for (;;) {
        fd_set in, out;
        int fd, highest = maxfd;

        FD_ZERO(&in);
        FD_ZERO(&out);
        for (fd = 0; fd <= highest; fd++) {
            if (!FD_ISSET(fd, &everybody))
                continue;
            if (fd != listener && peers[fd].start < peers[fd].end)
                FD_SET(fd, &out);
            else
                FD_SET(fd, &in);
        }
        if (select(highest + 1, &in, &out, NULL, NULL) < 0)
            continue;
        for (fd = 0; fd <= highest; fd++) {
            if (fd != listener && FD_ISSET(fd, &out))
                flush_out(fd);
            else if (fd != listener && FD_ISSET(fd, &in))
                take_in(fd);
        }
        if (FD_ISSET(listener, &in))
            welcome(listener);
    }
}
