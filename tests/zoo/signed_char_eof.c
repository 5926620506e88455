/* The result of a getc-like function is kept in a char: byte 0xFF becomes -1, which is EOF, so the
 * server takes it for the end of the stream.
 *
 * Clause: identity/telnet-bytes
 * Trigger: a byte 0xFF in the data
 * Profile: sequential
 * Grade: realistic
 * Cause: signed-char-is-end | magic-byte
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

struct stream {
    int fd;
    size_t next, end, waiting;
    char in[1024], out[1024];
};

/* The next byte as 0 to 255, or EOF. Sends what is waiting before it blocks. */
static int get_byte(struct stream *s)
{
    if (s->next == s->end) {
        ssize_t n;
        if (send_all(s->fd, s->out, s->waiting) < 0)
            return EOF;
        s->waiting = 0;
        n = read_some(s->fd, s->in, sizeof s->in);
        if (n <= 0)
            return EOF;
        s->next = 0;
        s->end = (size_t)n;
    }
    return (unsigned char)s->in[s->next++];
}

static void serve(int fd)
{
    struct stream s = {.fd = fd};
    signed char c;

    while ((c = get_byte(&s)) != EOF)
        s.out[s.waiting++] = c;
    send_all(fd, s.out, s.waiting);
    shutdown(fd, SHUT_WR);
    while (read_some(fd, s.in, sizeof s.in) > 0)
        ; /* closing with data unread would reset the connection */
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
