/* Style: UDP; takes up to 32 datagrams with one call and answers them with one
 * Profile: sequential
 * Transport: udp
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define BATCH 32
#define ROOM 65536

static char rooms[BATCH][ROOM];
static struct sockaddr_in peers[BATCH];
static struct iovec parts[BATCH];
static struct mmsghdr batch[BATCH];

static void prepare(void)
{
    memset(batch, 0, sizeof batch);
    for (int i = 0; i < BATCH; i++) {
        parts[i].iov_base = rooms[i];
        parts[i].iov_len = ROOM;
        batch[i].msg_hdr.msg_name = &peers[i];
        batch[i].msg_hdr.msg_namelen = sizeof peers[i];
        batch[i].msg_hdr.msg_iov = &parts[i];
        batch[i].msg_hdr.msg_iovlen = 1;
    }
}

static void answer(int fd, int count)
{
    int sent = 0;

    for (int i = 0; i < count; i++)
        parts[i].iov_len = batch[i].msg_len;
    while (sent < count) {
        int n = sendmmsg(fd, batch + sent, (unsigned)(count - sent), 0);

        if (n < 0 && errno == EINTR)
            continue;
        sent += n > 0 ? n : 1;
    }
}

int main(void)
{
    struct sockaddr_in here = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    here.sin_port = htons((unsigned short)atoi(getenv("PORT")));
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof here) < 0) {
        perror("bind");
        return 1;
    }
    for (;;) {
        prepare();
        int count = recvmmsg(fd, batch, BATCH, MSG_WAITFORONE, NULL);

        if (count > 0)
            answer(fd, count);
    }
}
