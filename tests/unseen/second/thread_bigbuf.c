/*
 * Bug: the count of a read is kept in an unsigned short, but the buffer holds 70000 bytes: a read
 *     of 65536 bytes counts as the end, and a longer one as very short.
 * Cause: counter-wraps
 * Also: exact-size
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

#define BUFFER_SIZE 70000

typedef unsigned short length_t;

static void *worker(void *arg)
{
    int fd = (int)(intptr_t)arg;
    int size = 400 * 1024;
    char *buffer = malloc(BUFFER_SIZE);

    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    while (buffer != NULL) {
        int result = recv(fd, buffer, BUFFER_SIZE, 0);
        if (result < 0)
            break;
        length_t length = result;
        if (length == 0)
            break;
        length_t sent = 0;
        while (sent < length) {
            int n = send(fd, buffer + sent, length - sent, MSG_NOSIGNAL);
            if (n < 0)
                goto out;
            sent += n;
        }
    }
out:
    free(buffer);
    close(fd);
    return NULL;
}

int main(void)
{
    pthread_attr_t detached;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);

    int listener = socket(AF_INET, SOCK_STREAM, 0);
    int on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    struct sockaddr_in local = {
        .sin_family = AF_INET,
        .sin_port = htons(atoi(getenv("PORT"))),
        .sin_addr = {htonl(INADDR_LOOPBACK)},
    };
    if (bind(listener, (struct sockaddr *)&local, sizeof(local)) < 0) {
        perror("bind");
        return 1;
    }
    if (listen(listener, 150) < 0) {
        perror("listen");
        return 1;
    }
    for (;;) {
        pthread_t t;
        int fd = accept(listener, NULL, NULL);
        if (fd < 0) {
            usleep(50000);
        } else if (pthread_create(&t, &detached, worker, (void *)(intptr_t)fd) != 0) {
            close(fd);
        }
    }
}
