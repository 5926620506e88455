/*
 * Style: one client after another, each with SO_RCVTIMEO of 90 seconds: who is silent for that long
 *     has to go. With a time limit set a stop signal interrupts recv(), which is tried again.
 * Profile: sequential
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static int put(int fd, const char *from, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, from, size);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        from += n;
        size -= n;
    }
    return 0;
}

static void serve(int fd)
{
    struct timeval limit = {.tv_sec = 90};
    char text[1 << 13];

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    for (;;) {
        ssize_t n = read(fd, text, sizeof text);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0 || put(fd, text, n) < 0)
            return;
    }
}

int main(void)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    int yes = 1, listener = socket(AF_INET, SOCK_STREAM, 0);

    signal(SIGPIPE, SIG_IGN);
    in.sin_addr.s_addr = inet_addr("127.0.0.1");
    in.sin_port = htons(atoi(getenv("PORT")));
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&in, sizeof in) < 0 || listen(listener, 64) < 0) {
        perror("listener");
        return 1;
    }
    for (;;) {
        int fd = accept(listener, NULL, NULL);

        if (fd < 0) {
            usleep(100000);
            continue;
        }
        serve(fd);
        close(fd);
    }
}
