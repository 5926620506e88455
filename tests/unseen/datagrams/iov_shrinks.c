/* Bug: iov_len is set to the length of the answer and never back to that of the buffer, so each
 *     datagram is cut to the shortest that came before
 * Cause: datagram-buffer-small
 * Also: message-size-limit, fixed-message-size
 * Profile: sequential
 * Transport: udp
 * Port: $PORT
 */
#include <err.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

static char storage[65536];

int main(void)
{
    struct sockaddr_in self, peer;
    struct iovec iov = {.iov_base = storage, .iov_len = sizeof storage};
    struct msghdr msg = {.msg_name = &peer, .msg_iov = &iov, .msg_iovlen = 1};
    int fd;

    memset(&self, 0, sizeof self);
    self.sin_family = AF_INET;
    self.sin_port = htons((unsigned short)atoi(getenv("PORT")));
    self.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if ((fd = socket(AF_INET, SOCK_DGRAM, 0)) < 0)
        err(1, "socket");
    if (bind(fd, (struct sockaddr *)&self, sizeof self) < 0)
        err(1, "bind");
    for (;;) {
        ssize_t n;

        msg.msg_namelen = sizeof peer;
        n = recvmsg(fd, &msg, 0);
        if (n < 0) {
            warn("recvmsg");
            continue;
        }
        iov.iov_len = (size_t)n;
        if (sendmsg(fd, &msg, 0) < 0)
            warn("sendmsg");
    }
}
