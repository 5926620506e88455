/*
 * Bug: readv() fills a header of 12 bytes and a body, and the body's length is taken to be what was
 *     read less 12; with a shorter read that is below zero, writev() refuses it with EINVAL, and
 *     the client is disconnected.
 * Cause: none-of-these
 * Profile: concurrent
 * Port: $PORT
 */
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

struct header {
    uint32_t magic;
    uint32_t kind;
    uint32_t serial;
};

struct message {
    struct header header;
    char body[6000];
};

static int write_vector(int fd, struct iovec *v, int count)
{
    while (count > 0) {
        ssize_t n = writev(fd, v, count);

        if (n < 0)
            return -1;
        while (count > 0 && (size_t)n >= v->iov_len) {
            n -= (ssize_t)v->iov_len;
            v++;
            count--;
        }
        if (count > 0) {
            v->iov_base = (char *)v->iov_base + n;
            v->iov_len -= (size_t)n;
        }
    }
    return 0;
}

static void *attend(void *arg)
{
    int fd = *(int *)arg;
    struct message m;

    free(arg);
    for (;;) {
        struct iovec v[2] = {{&m.header, sizeof m.header}, {m.body, sizeof m.body}};
        ssize_t n = readv(fd, v, 2);

        if (n <= 0)
            break;
        v[1].iov_len = (size_t)n - sizeof m.header;
        if (write_vector(fd, v, 2) < 0) {
            perror("writev");
            break;
        }
    }
    close(fd);
    return NULL;
}

int main(void)
{
    struct sockaddr_in addr;
    int on = 1, sd = socket(AF_INET, SOCK_STREAM, 0);

    signal(SIGPIPE, SIG_IGN);
    memset(&addr, 0, sizeof addr);
    addr.sin_family = AF_INET;
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    addr.sin_port = htons((uint16_t)atoi(getenv("PORT")));
    setsockopt(sd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(sd, (struct sockaddr *)&addr, sizeof addr) < 0) {
        perror("bind");
        exit(1);
    }
    if (listen(sd, 64) < 0) {
        perror("listen");
        exit(1);
    }
    for (;;) {
        int *fd = malloc(sizeof *fd);
        pthread_t t;

        if (fd == NULL)
            abort();
        *fd = accept(sd, NULL, NULL);
        if (*fd < 0) {
            free(fd);
            usleep(100000);
        } else if (pthread_create(&t, NULL, attend, fd) != 0) {
            close(*fd);
            free(fd);
        } else {
            pthread_detach(t);
        }
    }
}
