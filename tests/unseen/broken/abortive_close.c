/*
 * Bug: SO_LINGER is set to zero seconds "against TIME_WAIT", so close() resets the connection and
 *     what is not delivered yet is thrown away.
 * Cause: reset-instead-of-fin
 * Also: pending-dropped-at-end
 * Caught by: shutdown/orderly
 * Profile: sequential
 * Port: 22009
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    struct sockaddr_in me = {.sin_family = AF_INET, .sin_port = htons(22009)};
    struct linger no_time_wait = {.l_onoff = 1, .l_linger = 0};
    int reuse = 1, ls = socket(AF_INET, SOCK_STREAM, 0);
    char buf[10240];

    me.sin_addr.s_addr = inet_addr("127.0.0.1");
    setsockopt(ls, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
    if (bind(ls, (struct sockaddr *)&me, sizeof me) < 0 || listen(ls, 10) < 0) {
        perror("server");
        return 1;
    }
    while (1) {
        int cs = accept(ls, NULL, NULL);
        ssize_t got, sent;

        if (cs < 0) {
            usleep(10000);
            continue;
        }
        setsockopt(cs, SOL_SOCKET, SO_LINGER, &no_time_wait, sizeof no_time_wait);
        while ((got = recv(cs, buf, sizeof buf, 0)) > 0) {
            for (char *p = buf; got > 0; p += sent, got -= sent)
                if ((sent = send(cs, p, (size_t)got, MSG_NOSIGNAL)) < 0)
                    break;
            if (got > 0)
                break;
        }
        close(cs);
    }
}
