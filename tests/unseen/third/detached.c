/*
 * Bug: SIGPIPE is neither ignored nor kept away with MSG_NOSIGNAL, so a client that has gone while
 *     it is being answered kills the whole server, though the result of write() is looked at.
 * Cause: killed-by-sigpipe
 * Profile: concurrent
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int write_all(int fd, const char *p, size_t left)
{
    while (left > 0) {
        ssize_t n = write(fd, p, left);
        if (n < 0)
            return -1;
        p += n;
        left -= (size_t)n;
    }
    return 0;
}

static void *client_main(void *arg)
{
    int fd = (int)(intptr_t)arg;
    char buf[3072];
    ssize_t n;

    while ((n = read(fd, buf, sizeof(buf))) > 0) {
        if (write_all(fd, buf, (size_t)n) < 0) {
            perror("write");
            break;
        }
    }
    close(fd);
    return NULL;
}

int main(void)
{
    const char *port = getenv("PORT");
    struct sockaddr_in addr = {0};
    int yes = 1;
    int lfd = socket(AF_INET, SOCK_STREAM, 0);

    if (lfd < 0 || port == NULL)
        return EXIT_FAILURE;
    setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    addr.sin_family = AF_INET;
    addr.sin_port = htons((uint16_t)atoi(port));
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(lfd, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(lfd, 32) < 0) {
        perror("bind/listen");
        return EXIT_FAILURE;
    }

    for (;;) {
        pthread_t t;
        int fd = accept(lfd, NULL, NULL);
        if (fd < 0) {
            perror("accept");
            usleep(50000);
            continue;
        }
        if (pthread_create(&t, NULL, client_main, (void *)(intptr_t)fd) != 0) {
            close(fd);
            continue;
        }
        pthread_detach(t);
    }
}
