/* The reply is read with getline(), which returns only when a newline or the end of the stream
 * came: a message without a newline is held back.
 *
 * Clause: chunking/prompt
 * Trigger: a message without a newline, its echo awaited before the next
 * Profile: sequential
 * Grade: obvious
 * Cause: waits-for-newline
 * Beside: descriptor-famine
 * Beside: unbounded-buffer
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
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

static void serve(int fd)
{
    FILE *in = fdopen(fd, "r"), *out = fdopen(dup(fd), "w");
    char *line = NULL;
    size_t room = 0;
    ssize_t n;

    while (in && out && (n = getline(&line, &room, in)) > 0)
        if (fwrite(line, 1, (size_t)n, out) < (size_t)n || fflush(out) != 0)
            break;
    free(line);
    if (out)
        fclose(out);
    if (in)
        fclose(in);
    else
        close(fd);
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
        serve(fd); /* closes it */
    }
}
