/*
 * Bug: the count of the second read is not set to 0 for each round: a single byte that comes
 *     alone after a longer message is answered with the old rest of the buffer behind it.
 * Cause: stale-buffer
 * Profile: concurrent
 * Port: $PORT
 */
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST 7777

static int send_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t n = send(fd, data, size, MSG_NOSIGNAL);

        if (n < 0)
            return 0;
        data += n;
        size -= (size_t)n;
    }
    return 1;
}

static void *serve(void *arg)
{
    int fd = (int)(intptr_t)arg;
    char data[MOST];
    ssize_t got = 0;

    while (recv(fd, data, 1, 0) == 1) {
        int more = 0;

        if (ioctl(fd, FIONREAD, &more) < 0)
            break;
        if (more > MOST - 1)
            more = MOST - 1;
        if (more > 0 && (got = recv(fd, data + 1, (size_t)more, MSG_WAITALL)) < 0)
            break;
        if (!send_all(fd, data, 1 + (size_t)got))
            break;
    }
    close(fd);
    return NULL;
}

int main(void)
{
    struct sockaddr_in here = {.sin_family = AF_INET};
    int one = 1, door = socket(AF_INET, SOCK_STREAM, 0);

    here.sin_port = htons((uint16_t)atoi(getenv("PORT")));
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(door, (struct sockaddr *)&here, sizeof here) < 0 || listen(door, 128) < 0) {
        perror("counts_first");
        return 1;
    }
    for (;;) {
        pthread_t thread;
        int fd = accept(door, NULL, NULL);

        if (fd < 0) {
            usleep(100000);
            continue;
        }
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &one, sizeof one);
        if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd) != 0)
            close(fd);
        else
            pthread_detach(thread);
    }
}
