/*
 * Style: serves one connection and ends with status 0, whatever becomes of the client; a non-blocking
 *     socket and poll(), which watches one direction at a time.
 * Profile: one-shot
 * Port: 29106
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORT 29106

int main(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    struct pollfd p = {.events = POLLIN};
    char data[2222];
    ssize_t n, from = 0, to = 0;
    int on = 1, s = socket(AF_INET, SOCK_STREAM, 0);

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(s, (struct sockaddr *)&a, sizeof a) < 0 || listen(s, 1) < 0) {
        perror("listen");
        return 1;
    }
    do {
        p.fd = accept(s, NULL, NULL);
    } while (p.fd < 0);
    close(s);
    fcntl(p.fd, F_SETFL, fcntl(p.fd, F_GETFL) | O_NONBLOCK);
    for (;;) {
        p.events = from < to ? POLLOUT : POLLIN;
        if (poll(&p, 1, -1) < 0)
            continue;
        if (from < to) {
            n = send(p.fd, data + from, to - from, MSG_NOSIGNAL);
            if (n > 0)
                from += n;
        } else {
            n = recv(p.fd, data, sizeof data, 0);
            from = 0;
            to = n > 0 ? n : 0;
            if (n == 0)
                break;
        }
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            break;
    }
    close(p.fd);
    return 0;
}
