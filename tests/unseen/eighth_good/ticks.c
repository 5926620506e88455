/*
 * Style: both time limits of the socket are set, to 150 ms, but only to look at the clock for a
 *     report: what times out is tried again at the same place, so nobody is disconnected and
 *     nothing is sent twice.
 * Profile: concurrent
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct visit {
    int fd;
    time_t last_report;
    unsigned long long bytes;
};

static int only_a_tick(struct visit *v)
{
    time_t now = time(NULL);

    if (errno != EAGAIN && errno != EINTR)
        return 0;
    if (now - v->last_report >= 60) {
        fprintf(stderr, "%d: %llu bytes so far\n", v->fd, v->bytes);
        v->last_report = now;
    }
    return 1;
}

static int give_back(struct visit *v, const char *data, size_t length)
{
    size_t at = 0;

    while (at < length) {
        ssize_t n = send(v->fd, data + at, length - at, 0);

        if (n >= 0)
            at += (size_t)n;
        else if (!only_a_tick(v))
            return -1;
    }
    v->bytes += length;
    return 0;
}

static void *attend(void *arg)
{
    struct visit *v = arg;
    char data[3000];

    for (;;) {
        ssize_t n = recv(v->fd, data, sizeof data, 0);

        if (n == 0 || (n < 0 && !only_a_tick(v)))
            break;
        if (n > 0 && give_back(v, data, (size_t)n) < 0)
            break;
    }
    close(v->fd);
    free(v);
    return NULL;
}

static void begin(int fd)
{
    struct timeval tick = {.tv_usec = 150000};
    struct visit *v = malloc(sizeof *v);
    pthread_t thread;

    if (v == NULL) {
        close(fd);
        return;
    }
    *v = (struct visit){.fd = fd, .last_report = time(NULL)};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof tick);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tick, sizeof tick);
    if (pthread_create(&thread, NULL, attend, v) != 0) {
        close(fd);
        free(v);
        return;
    }
    pthread_detach(thread);
}

int main(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);

    signal(SIGPIPE, SIG_IGN);
    at.sin_port = htons((unsigned short)atoi(getenv("PORT")));
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&at, sizeof at) != 0 || listen(listener, 100) != 0) {
        perror("ticks");
        return 1;
    }
    for (;;) {
        int fd = accept(listener, NULL, NULL);

        if (fd < 0)
            usleep(100000);
        else
            begin(fd);
    }
}
