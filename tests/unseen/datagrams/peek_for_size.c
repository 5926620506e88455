/* Bug: it looks at the datagram first to learn how long it is, but with 512 bytes and without
 *     MSG_TRUNC, so it never learns of more than 512, and takes no more
 * Cause: datagram-buffer-small
 * Also: message-size-limit
 * Profile: sequential
 * Transport: udp
 * Port: $PORT
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

static ssize_t size_of_next(int fd)
{
    char head[512];

    return recv(fd, head, sizeof head, MSG_PEEK);
}

int main(void)
{
    struct sockaddr_in sin = {0};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    sin.sin_family = AF_INET;
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sin.sin_port = htons((unsigned short)strtoul(getenv("PORT"), NULL, 10));
    if (fd < 0 || bind(fd, (struct sockaddr *)&sin, sizeof sin) < 0) {
        perror("echo");
        return 1;
    }
    for (;;) {
        struct sockaddr_in who;
        socklen_t wholen = sizeof who;
        ssize_t size = size_of_next(fd);
        char *room;

        if (size < 0)
            continue;
        room = malloc(size ? (size_t)size : 1);
        size = recvfrom(fd, room, (size_t)size, 0, (struct sockaddr *)&who, &wholen);
        if (size >= 0)
            sendto(fd, room, (size_t)size, 0, (struct sockaddr *)&who, wholen);
        free(room);
    }
}
