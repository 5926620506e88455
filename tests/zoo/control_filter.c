/* Control characters other than white space are filtered out, as a terminal program does to
 * protect the screen: an echo server has no business with the meaning of a byte.
 *
 * Clause: identity/control-bytes
 * Trigger: a byte such as ^C, ^D, ^Z or ESC
 * Profile: sequential
 * Grade: obvious
 * Cause: magic-byte
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

static int open_listener(void)
{
    const char *port = getenv("PORT");
    struct sockaddr_in address = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

    address.sin_port = htons(port ? (unsigned short)atoi(port) : 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0
        || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 128) < 0) {
        perror("listen");
        exit(EXIT_FAILURE);
    }
    return fd;
}

static int send_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, data, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        data += n;
        size -= (size_t)n;
    }
    return 0;
}

static ssize_t read_some(int fd, char *buf, size_t size)
{
    ssize_t n;

    do
        n = read(fd, buf, size);
    while (n < 0 && errno == EINTR);
    return n;
}

static void serve(int fd)
{
    char buf[1024];
    ssize_t n;

    while ((n = read_some(fd, buf, sizeof buf)) > 0) {
        size_t kept = 0;
        for (ssize_t i = 0; i < n; i++)
            if (!iscntrl((unsigned char)buf[i]) || isspace((unsigned char)buf[i]))
                buf[kept++] = buf[i];
        if (send_all(fd, buf, kept) < 0)
            return;
    }
}

int main(void)
{
    int listener = open_listener();

    signal(SIGPIPE, SIG_IGN);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0) {
            usleep(10000); /* out of descriptors: better times will come */
            continue;
        }
        serve(fd);
        close(fd);
    }
}
