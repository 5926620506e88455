/*
 * Many datagrams in one system call, each with its own buffer and its own sender.
 *
 * Style: C, recvmmsg
 * Profile: sequential
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
    enum { MANY = 16, ROOM = 65535 };
    static char buffers[MANY][ROOM];
    static struct sockaddr_storage peers[MANY];
    struct iovec parts[MANY];
    struct mmsghdr messages[MANY];

    for (;;) {
        int i, came;

        memset(messages, 0, sizeof messages);
        for (i = 0; i < MANY; i++) {
            parts[i].iov_base = buffers[i];
            parts[i].iov_len = ROOM;
            messages[i].msg_hdr.msg_iov = &parts[i];
            messages[i].msg_hdr.msg_iovlen = 1;
            messages[i].msg_hdr.msg_name = &peers[i];
            messages[i].msg_hdr.msg_namelen = sizeof peers[i];
        }
        came = recvmmsg(fd, messages, MANY, MSG_WAITFORONE, NULL);
        for (i = 0; i < came; i++)
            parts[i].iov_len = messages[i].msg_len;
        for (i = 0; i < came;) {
            int sent = sendmmsg(fd, messages + i, (unsigned)(came - i), 0);
            i += sent > 0 ? sent : 1;
        }
    }
}
