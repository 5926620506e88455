/*
 * Bug: the highest descriptor is set to that of the newest client, also when it is lower than others
 *     (one that became free); the clients above it are not looked at until a higher one comes.
 * Cause: wrong-nfds
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#define SIZE 4096

struct buffer {
    char bytes[SIZE];
    size_t start, end;
};

static struct buffer *waiting[FD_SETSIZE];
static fd_set reading, writing;
static int max_fd;

static void close_client(int fd)
{
    FD_CLR(fd, &reading);
    FD_CLR(fd, &writing);
    free(waiting[fd]);
    waiting[fd] = NULL;
    close(fd);
}

static void send_waiting(int fd)
{
    struct buffer *b = waiting[fd];
    ssize_t n = send(fd, b->bytes + b->start, b->end - b->start, MSG_NOSIGNAL);

    if (n < 0 && errno != EAGAIN && errno != EINTR) {
        close_client(fd);
        return;
    }
    if (n > 0)
        b->start += (size_t)n;
    if (b->start == b->end) {
        FD_CLR(fd, &writing);
        FD_SET(fd, &reading);
    } else {
        FD_CLR(fd, &reading);
        FD_SET(fd, &writing);
    }
}

static void read_client(int fd)
{
    struct buffer *b = waiting[fd];
    ssize_t n = recv(fd, b->bytes, SIZE, 0);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        close_client(fd);
        return;
    }
    b->start = 0;
    b->end = (size_t)n;
    send_waiting(fd);
}

static void new_client(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);

    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE)
            usleep(20000);
        return;
    }
    if (fd >= FD_SETSIZE || (waiting[fd] = malloc(sizeof(struct buffer))) == NULL) {
        close(fd);
        return;
    }
    FD_SET(fd, &reading);
    max_fd = fd;
}

int main(void)
{
    struct sockaddr_in addr;
    const char *port = getenv("PORT");
    int yes = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    memset(&addr, 0, sizeof(addr));
    addr.sin_family = AF_INET;
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    addr.sin_port = htons((unsigned short)atoi(port ? port : "9034"));
    if (bind(listener, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(listener, 512) < 0) {
        perror("selectserver");
        return 1;
    }
    FD_SET(listener, &reading);
    max_fd = listener;

    for (;;) {
        fd_set readable = reading, writable = writing;
        int last = max_fd;

        if (select(last + 1, &readable, &writable, NULL, NULL) < 0)
            continue;
        for (int fd = 0; fd <= last; fd++) {
            if (fd == listener) {
                if (FD_ISSET(fd, &readable))
                    new_client(fd);
                continue;
            }
            if (FD_ISSET(fd, &writable))
                send_waiting(fd);
            else if (FD_ISSET(fd, &readable))
                read_client(fd);
        }
    }
}
