/* The reply goes through a stdio stream that is never flushed: it leaves when stdio's buffer is
 * full or at fclose(), so a short message stays in the server.
 *
 * Clause: chunking/prompt
 * Trigger: a message shorter than stdio's buffer, its echo awaited
 * Profile: sequential
 * Grade: realistic
 * Cause: not-flushed
 * Beside: descriptor-famine
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
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
    FILE *out = fdopen(dup(fd), "w");
    char buf[1024];
    ssize_t n;

    if (!out)
        return;
    while ((n = read_some(fd, buf, sizeof buf)) > 0)
        if (fwrite(buf, 1, (size_t)n, out) < (size_t)n)
            break;
    fclose(out);
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
