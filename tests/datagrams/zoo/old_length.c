/*
 * The length of an answer never shrinks: behind a short datagram the end of a longer one follows.
 *
 * Clause: datagram/every-byte-value
 * Trigger: a short datagram after a longer one
 * Profile: sequential
 * Grade: nasty
 * Cause: stale-buffer
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
    ssize_t longest = 0;

    for (;;) {
        struct sockaddr_storage peer;
        socklen_t length = sizeof peer;
        ssize_t size = recvfrom(fd, buffer, sizeof buffer, 0, (struct sockaddr *)&peer, &length);
        if (size < 0)
            continue;
        if (size > longest)
            longest = size;
        sendto(fd, buffer, (size_t)longest, 0, (struct sockaddr *)&peer, length);
    }
}
