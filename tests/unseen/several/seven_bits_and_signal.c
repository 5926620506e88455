/*
 * Bug: the eighth bit of each byte is cleared; and a wait that a signal interrupts ends the
 *     connection.
 * Cause: seven-bit
 * Cause: eintr-is-error, signal-breaks
 * Caught by: identity/every-byte-value, resilience/pause-resume
 * Profile: concurrent
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static int send_all(int fd, const unsigned char *p, size_t n)
{
    while (n > 0) {
        ssize_t k = send(fd, p, n, MSG_NOSIGNAL);
        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0)
            return -1;
        p += k;
        n -= (size_t)k;
    }
    return 0;
}

static void *client(void *arg)
{
    int fd = (int)(intptr_t)arg;
    int wait = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN};
    unsigned char text[8192];

    epoll_ctl(wait, EPOLL_CTL_ADD, fd, &event);
    while (epoll_wait(wait, &event, 1, -1) > 0) {
        ssize_t n = recv(fd, text, sizeof text, 0);
        if (n <= 0)
            break;
        for (ssize_t i = 0; i < n; i++)
            text[i] &= 0x7f;
        if (send_all(fd, text, (size_t)n) < 0)
            break;
    }
    close(wait);
    close(fd);
    return NULL;
}

int main(void)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int door = socket(AF_INET, SOCK_STREAM, 0), on = 1;

    here.sin_port = htons((uint16_t)atoi(getenv("PORT")));
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(door, (struct sockaddr *)&here, sizeof here) < 0 || listen(door, 128) < 0) {
        perror("seven_bits");
        return 1;
    }
    for (;;) {
        int fd = accept(door, NULL, NULL);
        pthread_t thread;
        if (fd < 0) {
            usleep(20000);
            continue;
        }
        if (pthread_create(&thread, NULL, client, (void *)(intptr_t)fd) == 0)
            pthread_detach(thread);
        else
            close(fd);
    }
}
