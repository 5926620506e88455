/* Bug: the length is stored only if something was read, so an empty datagram is answered by the
 *     bytes of the one before
 * Cause: stale-buffer
 * Also: empty-datagram-ignored, leftover-of-earlier, shared-buffer
 * Profile: sequential
 * Transport: udp
 * Port: $PORT
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct request {
    struct sockaddr_storage from;
    socklen_t fromlen;
    size_t length;
    char bytes[65536];
};

static void receive(int fd, struct request *r)
{
    ssize_t n;

    r->fromlen = sizeof r->from;
    do
        n = recvfrom(fd, r->bytes, sizeof r->bytes, 0, (struct sockaddr *)&r->from, &r->fromlen);
    while (n < 0 && errno == EINTR);
    if (n > 0)
        r->length = (size_t)n;
}

int main(void)
{
    static struct request r;
    const char *port = getenv("PORT");
    struct sockaddr_in address = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    address.sin_port = htons((unsigned short)(port ? atoi(port) : 7007));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        perror("bind");
        return EXIT_FAILURE;
    }
    while (1) {
        receive(fd, &r);
        if (sendto(fd, r.bytes, r.length, 0, (struct sockaddr *)&r.from, r.fromlen) < 0)
            perror("sendto");
    }
}
