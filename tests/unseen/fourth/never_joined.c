/*
 * Bug: the threads are neither detached nor joined, so what the system keeps of each that has ended
 *     (its stack, with the buffer) stays for ever.
 * Cause: memory-leak
 * Also: thread-leak
 * Caught by: resources/memory
 * Profile: concurrent
 * Port: 29008
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SERVER_PORT 29008
#define BUF_SIZE 65536

static int write_fully(int fd, const char *p, size_t left)
{
    while (left > 0) {
        ssize_t n = write(fd, p, left);

        if (n <= 0)
            return -1;
        p += n;
        left -= n;
    }
    return 0;
}

static void *client_main(void *arg)
{
    int fd = (int)(intptr_t)arg;
    char buf[BUF_SIZE];
    ssize_t n;

    memset(buf, 0, sizeof(buf));
    while ((n = read(fd, buf, sizeof(buf))) > 0)
        if (write_fully(fd, buf, n) < 0)
            break;
    close(fd);
    return NULL;
}

int main(void)
{
    struct sockaddr_in sa;
    int one = 1, srv = socket(AF_INET, SOCK_STREAM, 0);

    signal(SIGPIPE, SIG_IGN);
    setsockopt(srv, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    memset(&sa, 0, sizeof(sa));
    sa.sin_family = AF_INET;
    sa.sin_port = htons(SERVER_PORT);
    inet_pton(AF_INET, "127.0.0.1", &sa.sin_addr);
    if (bind(srv, (struct sockaddr *)&sa, sizeof(sa)) != 0) {
        perror("bind");
        exit(EXIT_FAILURE);
    }
    listen(srv, 128);
    while (1) {
        pthread_t tid;
        int fd = accept(srv, NULL, NULL);

        if (fd < 0) {
            usleep(100000);
            continue;
        }
        if (pthread_create(&tid, NULL, client_main, (void *)(intptr_t)fd) != 0) {
            perror("pthread_create");
            close(fd);
        }
    }
}
