/*
 * Bug: each byte is masked with 0x7f, "to be sure that it is ASCII"; bytes of 128 and more come
 *     back as others.
 * Cause: seven-bit
 * Caught by: identity/every-byte-value, identity/telnet-bytes
 * Profile: concurrent
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define toascii7(c) ((c) & 0x7f)

static void child(int fd)
{
    unsigned char line[1500];
    ssize_t n, i, w;

    for (;;) {
        n = read(fd, line, sizeof line);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            _exit(0);
        for (i = 0; i < n; i++)
            line[i] = toascii7(line[i]);
        for (i = 0; i < n; i += w) {
            w = write(fd, line + i, (size_t)(n - i));
            if (w < 0 && errno == EINTR)
                w = 0;
            else if (w < 0)
                _exit(0);
        }
    }
}

int main(void)
{
    struct sockaddr_in sa = {.sin_family = AF_INET};
    int fd, s, one = 1;

    signal(SIGCHLD, SIG_IGN); /* children are reaped by the system */
    s = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    inet_pton(AF_INET, "127.0.0.1", &sa.sin_addr);
    sa.sin_port = htons(atoi(getenv("PORT") ? getenv("PORT") : "7777"));
    if (bind(s, (void *)&sa, sizeof sa) < 0)
        return perror("bind"), 1;
    listen(s, 40);
    while (1) {
        fd = accept(s, NULL, NULL);
        if (fd < 0) {
            usleep(30000);
            continue;
        }
        switch (fork()) {
        case 0:
            close(s);
            child(fd);
            break;
        default:
            close(fd);
        }
    }
}
