/*
 * Style: a thread for each client with a small stack; where no descriptor is left it gives up a
 *     spare one, lets the client in, closes that at once, and takes the spare one back, so that
 *     nobody waits in vain. Reads with readv() into two halves, writes with sendmsg().
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static void *serve(void *arg)
{
    int fd = (int)(intptr_t)arg;
    char left[3000], right[5000];

    for (;;) {
        struct iovec halves[2] = {{left, sizeof left}, {right, sizeof right}};
        struct msghdr message = {.msg_iov = halves, .msg_iovlen = 2};
        ssize_t rest = readv(fd, halves, 2);

        if (rest < 0 && errno == EINTR)
            continue;
        if (rest <= 0)
            break;
        if ((size_t)rest < sizeof left)
            halves[0].iov_len = (size_t)rest;
        halves[1].iov_len = (size_t)rest - halves[0].iov_len;
        while (rest > 0) {
            ssize_t n = sendmsg(fd, &message, MSG_NOSIGNAL);
            size_t first;

            if (n < 0 && errno == EINTR)
                continue;
            if (n < 0)
                goto out;
            rest -= n;
            first = (size_t)n < halves[0].iov_len ? (size_t)n : halves[0].iov_len;
            halves[0].iov_base = (char *)halves[0].iov_base + first;
            halves[0].iov_len -= first;
            halves[1].iov_base = (char *)halves[1].iov_base + ((size_t)n - first);
            halves[1].iov_len -= (size_t)n - first;
        }
    }
out:
    close(fd);
    return NULL;
}

int main(void)
{
    struct sockaddr_in here = {.sin_family = AF_INET};
    int on = 1, door = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    pthread_attr_t small;

    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    here.sin_port = htons((unsigned short)atoi(getenv("PORT")));
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(door, (struct sockaddr *)&here, sizeof here) < 0 || listen(door, 256) < 0) {
        perror("spare_descriptor");
        return 1;
    }
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 64 << 10);
    pthread_attr_setdetachstate(&small, PTHREAD_CREATE_DETACHED);
    for (;;) {
        struct pollfd wait = {.fd = door, .events = POLLIN};
        pthread_t thread;
        int fd;

        poll(&wait, 1, -1);
        fd = accept4(door, NULL, NULL, SOCK_CLOEXEC);

        if (fd < 0 && errno == EMFILE && spare >= 0) {
            close(spare);
            fd = accept4(door, NULL, NULL, SOCK_CLOEXEC);
            if (fd >= 0)
                close(fd);
            spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
            fprintf(stderr, "too many clients: turned one away\n");
            continue;
        }
        if (fd < 0 && errno == EAGAIN)
            continue;
        if (fd < 0) {
            usleep(100000);
            continue;
        }
        if (pthread_create(&thread, &small, serve, (void *)(intptr_t)fd) != 0)
            close(fd);
    }
}
