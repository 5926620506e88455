/* Bug: events are edge-triggered, and a read that returns less than was asked for is taken as the
 *     sign that the socket is drained. When the end of the client has come together with the data it
 *     is not read, no further event comes, and the connection is never closed.
 * Cause: edge-not-drained
 * Also: never-closes
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CHUNK = 16384 };

enum read_result { DRAINED, BLOCKED, ENDED, FAILED };

typedef struct channel {
    int fd;
    int ended;
    size_t pos, size;
    uint8_t chunk[CHUNK];
} channel_t;

static int loop_fd;

/* Writes what is in the chunk. Returns 1 when all is out, 0 when the socket is full. */
static int channel_flush(channel_t *ch)
{
    while (ch->pos < ch->size) {
        ssize_t n = send(ch->fd, ch->chunk + ch->pos, ch->size - ch->pos, MSG_NOSIGNAL);
        if (n < 0) {
            if (errno == EINTR)
                continue;
            return errno == EAGAIN ? 0 : -1;
        }
        ch->pos += (size_t)n;
    }
    return 1;
}

static enum read_result channel_read(channel_t *ch)
{
    for (;;) {
        ssize_t n = recv(ch->fd, ch->chunk, CHUNK, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN ? DRAINED : FAILED;
        if (n == 0)
            return ENDED;
        ch->pos = 0;
        ch->size = (size_t)n;
        switch (channel_flush(ch)) {
        case -1:
            return FAILED;
        case 0:
            return BLOCKED;
        }
        /* Saves the system call that would only say EAGAIN. */
        if (n < CHUNK)
            return DRAINED;
    }
}

static void channel_ready(channel_t *ch)
{
    enum read_result result = BLOCKED;
    int flushed = channel_flush(ch);

    if (flushed < 0)
        result = FAILED;
    else if (flushed)
        result = channel_read(ch);
    if (result == ENDED || result == FAILED) {
        close(ch->fd);
        free(ch);
    }
}

static void channel_open(int fd)
{
    channel_t *ch = calloc(1, sizeof *ch);
    struct epoll_event ev = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = ch};

    if (!ch) {
        close(fd);
        return;
    }
    ch->fd = fd;
    if (epoll_ctl(loop_fd, EPOLL_CTL_ADD, fd, &ev) < 0) {
        close(fd);
        free(ch);
    }
}

int main(void)
{
    struct sockaddr_in addr = {.sin_family = AF_INET};
    struct epoll_event events[256], on_server = {.events = EPOLLIN};
    int reuse = 1;
    int server = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    addr.sin_port = htons((uint16_t)atoi(getenv("PORT")));
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
    if (bind(server, (struct sockaddr *)&addr, sizeof addr) || listen(server, 1024)) {
        perror("bind");
        return 1;
    }
    loop_fd = epoll_create1(EPOLL_CLOEXEC);
    epoll_ctl(loop_fd, EPOLL_CTL_ADD, server, &on_server);
    for (;;) {
        int count = epoll_wait(loop_fd, events, 256, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr) {
                channel_ready(events[i].data.ptr);
                continue;
            }
            int fd = accept4(server, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (fd >= 0)
                channel_open(fd);
            else if (errno == EMFILE || errno == ENFILE)
                usleep(20000);
        }
    }
}
