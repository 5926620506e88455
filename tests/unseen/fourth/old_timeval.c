/*
 * Bug: the timeout of select() is set once, before the loop; Linux counts it down, so after five
 *     tenths of a second in all select() returns at once, for ever.
 * Cause: spins-idle
 * Caught by: resources/idle-cpu
 * Profile: sequential
 * Port: 29018
 */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define PORT 29018

int main(void)
{
    struct sockaddr_in a;
    struct timeval tv;
    unsigned long ticks = 0;
    int s, c = -1, one = 1;

    signal(SIGPIPE, SIG_IGN);
    s = socket(PF_INET, SOCK_STREAM, 0);
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    memset(&a, 0, sizeof a);
    a.sin_family = AF_INET;
    a.sin_port = htons(PORT);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(s, (struct sockaddr *)&a, sizeof a) < 0 || listen(s, 12) < 0) {
        perror("server");
        return 1;
    }

    tv.tv_sec = 0;
    tv.tv_usec = 500000;
    for (;;) {
        int watched = c < 0 ? s : c;
        fd_set set;

        FD_ZERO(&set);
        FD_SET(watched, &set);
        int n = select(watched + 1, &set, NULL, NULL, &tv);
        if (n == 0)
            ticks++; /* twice a second: time for the statistics */
        if (n <= 0)
            continue;
        if (watched == s) {
            c = accept(s, NULL, NULL);
            if (c < 0)
                usleep(100000);
            continue;
        }
        char buf[3000], *p = buf;
        ssize_t k = read(c, buf, sizeof buf);
        while (k > 0) {
            ssize_t w = write(c, p, k);
            if (w < 0)
                break;
            p += w;
            k -= w;
        }
        if (p == buf || k > 0) {
            close(c);
            c = -1;
        }
    }
}
