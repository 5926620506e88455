/*
 * Bug: write() to a client that has gone raises SIGPIPE, which nobody handles.
 * Cause: killed-by-sigpipe
 * Caught by: resilience/reset-mid-echo
 * Profile: concurrent
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void write_n(int fd, const char *buf, size_t n)
{
    size_t off = 0;
    while (off < n) {
        ssize_t w = write(fd, buf + off, n - off);
        if (w == -1)
            return;
        off += (size_t)w;
    }
}

static void *peer_main(void *arg)
{
    int fd = (int)(intptr_t)arg;
    char buf[4096];
    ssize_t n;

    while ((n = read(fd, buf, sizeof(buf))) > 0)
        write_n(fd, buf, (size_t)n);
    close(fd);
    return NULL;
}

int main(void)
{
    struct sockaddr_in sa = {0};
    int on = 1, lfd = socket(AF_INET, SOCK_STREAM, 0);

    sa.sin_family = AF_INET;
    sa.sin_port = htons((uint16_t)strtoul(getenv("PORT"), NULL, 10));
    inet_pton(AF_INET, "127.0.0.1", &sa.sin_addr);
    setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(lfd, (struct sockaddr *)&sa, sizeof(sa)) == -1 || listen(lfd, SOMAXCONN) == -1) {
        perror("listen");
        return 1;
    }
    for (;;) {
        pthread_t tid;
        int fd = accept(lfd, NULL, NULL);
        if (fd == -1) {
            usleep(100 * 1000);
            continue;
        }
        if (pthread_create(&tid, NULL, peer_main, (void *)(intptr_t)fd) != 0)
            close(fd);
        else
            pthread_detach(tid);
    }
}
