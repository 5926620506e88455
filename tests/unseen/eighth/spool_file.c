/*
 * Bug: an emptied spool file is cut to length 0, but the file position stays where it was, so the
 *     next write leaves a hole in front, and the hole (zero bytes) is what sendfile() sends. It
 *     happens when more than 150,000 bytes were spooled and all of them have gone out.
 * Cause: none-of-these
 * Also: buffer-not-filled
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_CLIENTS 2000
#define HIGH_WATER (256 * 1024)
#define CUT_ABOVE 150000

/* What a client has sent is written to a spool (a file in memory) and sent from there by the kernel. */
struct client {
    int fd, spool, ended;
    off_t written, sent;
};

static struct client clients[MAX_CLIENTS];
static struct pollfd polls[MAX_CLIENTS + 1];
static int count;

static void drop(int i)
{
    close(clients[i].fd);
    close(clients[i].spool);
    clients[i] = clients[--count];
}

static int spool_all(struct client *c, const char *data, ssize_t length)
{
    while (length > 0) {
        ssize_t n = write(c->spool, data, (size_t)length);

        if (n < 0)
            return -1;
        data += n;
        length -= n;
        c->written += n;
    }
    return 0;
}

static int take_in(struct client *c)
{
    static char data[16384];
    ssize_t n = recv(c->fd, data, sizeof data, 0);

    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    if (n == 0) {
        c->ended = 1;
        return 0;
    }
    return spool_all(c, data, n);
}

static int send_out(struct client *c)
{
    while (c->sent < c->written) {
        off_t offset = c->sent;
        ssize_t n = sendfile(c->fd, c->spool, &offset, (size_t)(c->written - c->sent));

        if (n < 0)
            return errno == EAGAIN || errno == EINTR ? 0 : -1;
        c->sent += n;
    }
    if (c->written > CUT_ABOVE) {
        if (ftruncate(c->spool, 0) < 0)
            return -1;
        c->written = c->sent = 0;
    }
    return c->ended ? -1 : 0;
}

static void welcome(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    int spool;

    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE)
            usleep(50000);
        return;
    }
    spool = memfd_create("spool", MFD_CLOEXEC);
    if (spool < 0) {
        close(fd);
        return;
    }
    clients[count++] = (struct client){.fd = fd, .spool = spool};
}

int main(void)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int yes = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    signal(SIGPIPE, SIG_IGN);
    sa.sin_port = htons((unsigned short)atoi(getenv("PORT")));
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&sa, sizeof sa) < 0 || listen(listener, 128) < 0) {
        perror("spool_file");
        return 1;
    }
    for (;;) {
        int seen = count;

        for (int i = 0; i < count; i++) {
            struct client *c = &clients[i];
            off_t waiting = c->written - c->sent;

            polls[i].fd = c->fd;
            polls[i].events = 0;
            if (!c->ended && waiting < HIGH_WATER)
                polls[i].events |= POLLIN;
            if (waiting > 0)
                polls[i].events |= POLLOUT;
        }
        polls[count].fd = count < MAX_CLIENTS ? listener : -1;
        polls[count].events = POLLIN;
        if (poll(polls, (nfds_t)count + 1, -1) < 0)
            continue;
        if (polls[seen].revents)
            welcome(listener);
        for (int i = seen - 1; i >= 0; i--) {
            struct client *c = &clients[i];

            if (polls[i].revents == 0)
                continue;
            if (!c->ended && (polls[i].revents & (POLLIN | POLLERR | POLLHUP)) && take_in(c) < 0)
                drop(i);
            else if (send_out(c) < 0)
                drop(i);
        }
    }
}
