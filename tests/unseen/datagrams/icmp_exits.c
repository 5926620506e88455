/* Bug: IP_RECVERR makes the system report clients that have gone, and the first such report, at
 *     the next call, ends the server
 * Cause: refused-is-fatal
 * Profile: sequential
 * Transport: udp
 * Port: $PORT
 */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

static void quit(const char *what)
{
    perror(what);
    exit(1);
}

int main(void)
{
    static unsigned char data[1 << 16];
    struct sockaddr_in at = {.sin_family = AF_INET};
    int on = 1, sock = socket(PF_INET, SOCK_DGRAM, IPPROTO_UDP);

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.sin_port = htons((unsigned short)atoi(getenv("PORT")));
    if (sock < 0 || bind(sock, (struct sockaddr *)&at, sizeof at))
        quit("bind");
    if (setsockopt(sock, IPPROTO_IP, IP_RECVERR, &on, sizeof on))
        quit("setsockopt");
    for (;;) {
        struct sockaddr_in from;
        socklen_t len = sizeof from;
        ssize_t size = recvfrom(sock, data, sizeof data, 0, (struct sockaddr *)&from, &len);

        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            quit("recvfrom");
        if (sendto(sock, data, (size_t)size, 0, (struct sockaddr *)&from, len) < 0)
            quit("sendto");
    }
}
