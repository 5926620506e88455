/*
 * Bug: SIGPIPE is not ignored; when a client has gone while its echo is being written, the signal
 *     ends the whole server.
 * Cause: killed-by-sigpipe
 * Caught by: resilience/vanish-while-sending
 * Profile: concurrent
 * Port: $PORT
 */
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void *client(void *argument)
{
    int fd = (int)(intptr_t)argument;
    char buf[8192], *p;
    ssize_t got, put;

    while ((got = read(fd, buf, sizeof buf)) > 0) {
        for (p = buf; got > 0; p += put, got -= put) {
            put = write(fd, p, (size_t)got);
            if (put < 0)
                goto done;
        }
    }
done:
    close(fd);
    return NULL;
}

int main(void)
{
    const char *port = getenv("PORT");
    struct sockaddr_in name = {.sin_family = AF_INET};
    int one = 1, server = socket(AF_INET, SOCK_STREAM, 0);

    name.sin_port = htons((uint16_t)atoi(port ? port : "0"));
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(server, (struct sockaddr *)&name, sizeof name) || listen(server, 64)) {
        perror("echo");
        return 1;
    }
    while (1) {
        pthread_t thread;
        int fd = accept(server, NULL, NULL);

        if (fd == -1) {
            usleep(100000);
        } else if (pthread_create(&thread, NULL, client, (void *)(intptr_t)fd) != 0) {
            close(fd);
        } else {
            pthread_detach(thread);
        }
    }
}
