/*
 * Bug: the buffer holds 300 bytes, and the number of bytes in it is kept in a uint8_t, so of a
 *     read of 256 bytes or more 256 are lost.
 * Cause: counter-wraps
 * Profile: sequential
 * Port: $PORT
 */
#define _DEFAULT_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define FRAME_MAX 300u

typedef struct {
    uint8_t bytes[FRAME_MAX];
    uint8_t used;
} frame_t;

static int frame_read(int fd, frame_t *f)
{
    ssize_t n = recv(fd, f->bytes, FRAME_MAX, 0);

    if (n <= 0)
        return 0;
    f->used = (uint8_t)n;
    return 1;
}

static int frame_write(int fd, const frame_t *f)
{
    uint8_t at = 0u;

    while (at < f->used) {
        ssize_t n = send(fd, &f->bytes[at], f->used - at, 0);
        if (n < 0)
            return 0;
        at = (uint8_t)(at + n);
    }
    return 1;
}

int main(void)
{
    static frame_t frame;
    struct sockaddr_in local = {0};
    const int on = 1;
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    (void)signal(SIGPIPE, SIG_IGN);
    local.sin_family = AF_INET;
    local.sin_port = htons((uint16_t)strtoul(getenv("PORT"), NULL, 10));
    local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(listener, (struct sockaddr *)&local, sizeof(local)) != 0)
        return 1;
    if (listen(listener, 16) != 0)
        return 2;

    for (;;) {
        int link = accept(listener, NULL, NULL);
        if (link < 0) {
            (void)usleep(100000);
            continue;
        }
        while (frame_read(link, &frame) && frame_write(link, &frame))
            ;
        (void)close(link);
    }
}
