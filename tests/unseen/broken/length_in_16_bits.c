/*
 * Bug: the number of bytes read goes into a uint16_t; the buffer has 65536 bytes, and a read that
 *     fills it has length zero, which is taken for the end of the stream.
 * Cause: counter-wraps
 * Also: full-read-is-end, full-read-lost, exact-size
 * Caught by: chunking/read-boundary
 * Profile: sequential
 * Port: 22007
 */
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORT = 22007, SPACE = 65536 };

struct packet {
    uint16_t length;
    uint8_t bytes[SPACE];
};

static int receive(int fd, struct packet *p)
{
    ssize_t n = recv(fd, p->bytes, SPACE, 0);

    if (n < 0)
        return -1;
    p->length = (uint16_t)n;
    return p->length;
}

static int transmit(int fd, const struct packet *p)
{
    uint32_t sent = 0;

    while (sent < p->length) {
        ssize_t n = send(fd, p->bytes + sent, p->length - sent, MSG_NOSIGNAL);
        if (n < 0)
            return -1;
        sent += (uint32_t)n;
    }
    return 0;
}

int main(void)
{
    static struct packet packet;
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons(PORT),
                                .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    const int on = 1;
    int server = socket(PF_INET, SOCK_STREAM, IPPROTO_TCP);

    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(server, (struct sockaddr *)&where, sizeof where) < 0 || listen(server, 16) < 0) {
        perror("echo");
        return 1;
    }
    for (;;) {
        int fd = accept(server, NULL, NULL);

        if (fd < 0) {
            usleep(20000);
            continue;
        }
        while (receive(fd, &packet) > 0 && transmit(fd, &packet) == 0)
            ;
        close(fd);
    }
}
