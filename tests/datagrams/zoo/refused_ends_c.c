/*
 * Each client is connected for its answer; the error that reports a client which has gone ends the server.
 *
 * Clause: datagram/client-gone
 * Trigger: a client that leaves before its answer comes
 * Profile: sequential
 * Grade: nasty
 * Cause: refused-is-fatal
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int bound(void)
{
    const char *port = getenv("PORT");
    struct sockaddr_in address = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((unsigned short)(port ? atoi(port) : 0));
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        perror("bind");
        exit(1);
    }
    return fd;
}

int main(void)
{
    int fd = bound();
    static char buffer[65535];
    struct sockaddr nobody = {.sa_family = AF_UNSPEC};

    for (;;) {
        struct sockaddr_storage peer;
        socklen_t length = sizeof peer;
        ssize_t size = recvfrom(fd, buffer, sizeof buffer, 0, (struct sockaddr *)&peer, &length);
        if (size < 0) {
            perror("recvfrom");
            exit(1);
        }
        if (connect(fd, (struct sockaddr *)&peer, length) < 0 ||
            send(fd, buffer, (size_t)size, 0) < 0) {
            perror("send");
            exit(1);
        }
        usleep(2000); /* what the system has to say of the client comes meanwhile */
        connect(fd, &nobody, sizeof nobody);
    }
}
