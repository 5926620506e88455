/*
 * Style: it sends without having read: the kernel moves the data through a pipe, and each
 *     splice() out is repeated until the pipe is empty. A splice() that moves nothing is
 *     not taken for the end, because it stops at an urgent byte too: recv() decides.
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static ssize_t move(int from, int to, size_t most)
{
    ssize_t n;
    do
        n = splice(from, NULL, to, NULL, most, SPLICE_F_MOVE);
    while (n < 0 && errno == EINTR);
    return n;
}

static int empty_pipe(int from, int to, ssize_t left)
{
    while (left > 0) {
        ssize_t n = move(from, to, (size_t)left);
        if (n <= 0)
            return 0;
        left -= n;
    }
    return 1;
}

/* Takes one byte in the ordinary way; returns 0 at the end of the stream. */
static int pass_mark(int fd)
{
    char byte;
    ssize_t n;
    do
        n = recv(fd, &byte, 1, 0);
    while (n < 0 && errno == EINTR);
    return n == 1 && send(fd, &byte, 1, 0) == 1;
}

static void *serve(void *arg)
{
    int fd = (int)(intptr_t)arg, ends[2];
    if (pipe(ends) == 0) {
        ssize_t n;
        do {
            while ((n = move(fd, ends[1], 30000)) > 0 && empty_pipe(ends[0], fd, n))
                ;
        } while (n == 0 && pass_mark(fd));
        close(ends[0]);
        close(ends[1]);
    }
    close(fd);
    return NULL;
}

int main(void)
{
    int on = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(atoi(getenv("PORT")))};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    signal(SIGPIPE, SIG_IGN);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&a, sizeof a) < 0 || listen(listener, 100) < 0) {
        perror("listen");
        return 1;
    }
    for (;;) {
        pthread_t thread;
        int fd = accept(listener, NULL, NULL);
        if (fd < 0) {
            usleep(50000);
            continue;
        }
        if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd) != 0)
            close(fd);
        else
            pthread_detach(thread);
    }
}
