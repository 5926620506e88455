/*
 * Bug: the count of a read of up to 65536 bytes is kept in 16 bits, so a full buffer counts as 0,
 *     which is taken for the end.
 * Cause: counter-wraps
 * Also: full-read-is-end, exact-size
 * Caught by: chunking/read-boundary
 * Profile: concurrent
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
    uint16_t len;
    uint8_t data[65536];
} packet_t;

static int packet_read(int fd, packet_t *pkt)
{
    ssize_t r = recv(fd, pkt->data, sizeof(pkt->data), 0);

    if (r < 0)
        return -1;
    pkt->len = r;
    return pkt->len > 0;
}

static int packet_write(int fd, const packet_t *pkt)
{
    size_t off = 0;

    while (off < pkt->len) {
        ssize_t r = send(fd, pkt->data + off, pkt->len - off, MSG_NOSIGNAL);

        if (r < 0)
            return -1;
        off += (size_t)r;
    }
    return 1;
}

static void *session(void *arg)
{
    int fd = *(int *)arg;
    packet_t *pkt = malloc(sizeof(*pkt));

    free(arg);
    while (pkt != NULL && packet_read(fd, pkt) > 0 && packet_write(fd, pkt) > 0)
        ;
    free(pkt);
    close(fd);
    return NULL;
}

int main(void)
{
    struct sockaddr_in me = {.sin_family = AF_INET};
    int lsock = socket(AF_INET, SOCK_STREAM, 0), reuse = 1;

    me.sin_port = htons((uint16_t)strtoul(getenv("PORT"), NULL, 10));
    me.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(lsock, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof(reuse));
    if (bind(lsock, (struct sockaddr *)&me, sizeof(me)) != 0 || listen(lsock, 50) != 0) {
        perror("cannot listen");
        return EXIT_FAILURE;
    }
    for (;;) {
        int *fd = malloc(sizeof(int));
        pthread_t thread;

        *fd = accept(lsock, NULL, NULL);
        if (*fd < 0) {
            free(fd);
            usleep(50000);
        } else if (pthread_create(&thread, NULL, session, fd) != 0) {
            close(*fd);
            free(fd);
        } else {
            pthread_detach(thread);
        }
    }
}
