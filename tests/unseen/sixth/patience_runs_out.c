/*
 * Bug: the sender tries for half a second while there is no room; then it gives up the rest of the
 *     message, and the connection goes on with the next one.
 * Cause: stalled-output-dropped
 * Also: would-block-dropped
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS 500
#define NAP_US 10000

static long now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000L + t.tv_nsec / 1000000L;
}

static ssize_t write_message(int fd, const char *message, size_t length)
{
    size_t written = 0;
    long start = now_ms();

    while (written < length) {
        ssize_t w = send(fd, message + written, length - written, MSG_NOSIGNAL);

        if (w >= 0) {
            written += (size_t)w;
            continue;
        }
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN)
            return -1;
        if (now_ms() - start > PATIENCE_MS)
            return 0;
        usleep(NAP_US);
    }
    return (ssize_t)length;
}

static ssize_t read_message(int fd, char *message, size_t size)
{
    struct pollfd waits = {.fd = fd, .events = POLLIN};

    for (;;) {
        ssize_t r = recv(fd, message, size, 0);

        if (r >= 0 || (errno != EAGAIN && errno != EINTR))
            return r;
        poll(&waits, 1, -1);
    }
}

static void *session(void *arg)
{
    int fd = (int)(intptr_t)arg;
    char message[8192];
    ssize_t r;

    while ((r = read_message(fd, message, sizeof message)) > 0) {
        ssize_t w = write_message(fd, message, (size_t)r);

        if (w < 0)
            break;
        if (w < r)
            fprintf(stderr, "fd %d: gave up\n", fd);
    }
    close(fd);
    return NULL;
}

int main(void)
{
    struct sockaddr_in here = {.sin_family = AF_INET};
    char *port = getenv("PORT");
    int yes = 1, door = socket(AF_INET, SOCK_STREAM, 0);
    pthread_attr_t detached;

    here.sin_port = htons((uint16_t)(port ? atoi(port) : 7));
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(door, (struct sockaddr *)&here, sizeof here) != 0 || listen(door, 100) != 0) {
        perror("bind");
        return EXIT_FAILURE;
    }
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    for (;;) {
        pthread_t id;
        int fd = accept4(door, NULL, NULL, SOCK_NONBLOCK);

        if (fd < 0) {
            usleep(100000);
        } else if (pthread_create(&id, &detached, session, (void *)(intptr_t)fd) != 0) {
            close(fd);
        }
    }
}
