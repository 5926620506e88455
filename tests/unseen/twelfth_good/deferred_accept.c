/*
 * Style: TCP_DEFER_ACCEPT, as web servers have it: nobody is let in before there is something to
 *     read, or some seconds have passed; then a thread for each, keep-alive probes, and
 *     TCP_USER_TIMEOUT of a minute.
 * Profile: concurrent
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void set(int fd, int level, int name, int value)
{
    if (setsockopt(fd, level, name, &value, sizeof value) < 0)
        perror("setsockopt");
}

static void *serve(void *arg)
{
    int fd = (int)(intptr_t)arg;
    char data[10000];
    ssize_t n, done;

    set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 1);
    set(fd, IPPROTO_TCP, TCP_KEEPINTVL, 1);
    set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 60000);
    while ((n = recv(fd, data, sizeof data, 0)) > 0) {
        while (n > 0) {
            done = send(fd, data, (size_t)n, MSG_NOSIGNAL);
            if (done < 0)
                goto out;
            n -= done;
            for (ssize_t i = 0; i < n; i++)
                data[i] = data[i + done];
        }
    }
out:
    close(fd);
    return NULL;
}

int main(void)
{
    struct sockaddr_in here = {.sin_family = AF_INET};
    int door = socket(AF_INET, SOCK_STREAM, 0);

    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    here.sin_port = htons((uint16_t)atoi(getenv("PORT")));
    set(door, SOL_SOCKET, SO_REUSEADDR, 1);
    set(door, IPPROTO_TCP, TCP_DEFER_ACCEPT, 3);
    if (bind(door, (struct sockaddr *)&here, sizeof here) < 0 || listen(door, 511) < 0) {
        perror("deferred_accept");
        return 1;
    }
    for (;;) {
        pthread_t thread;
        int fd = accept(door, NULL, NULL);

        if (fd < 0) {
            usleep(100000);
            continue;
        }
        if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd) != 0)
            close(fd);
        else
            pthread_detach(thread);
    }
}
