/*
 * Bug: the buffer that is handed to the callback has the length that was allocated, not the length
 *     that was read, and all of it is written back.
 * Cause: stale-buffer
 * Profile: concurrent
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
    char *base;
    size_t len;
} span_t;

typedef struct stream stream_t;
typedef void (*alloc_cb)(stream_t *stream, size_t suggested, span_t *span);
typedef void (*read_cb)(stream_t *stream, ssize_t nread, const span_t *span);

struct stream {
    int fd;
    int open;
    char *slab;
};

/* ---- the library ---- */

static int stream_write(stream_t *stream, const span_t *span)
{
    size_t sent = 0;

    while (sent < span->len) {
        ssize_t n = send(stream->fd, span->base + sent, span->len - sent, MSG_NOSIGNAL);
        if (n < 0)
            return -1;
        sent += (size_t)n;
    }
    return 0;
}

static void stream_close(stream_t *stream)
{
    stream->open = 0;
}

static void stream_run(stream_t *stream, alloc_cb on_alloc, read_cb on_read)
{
    while (stream->open) {
        span_t span = {NULL, 0};
        ssize_t nread;

        on_alloc(stream, 2048, &span);
        nread = recv(stream->fd, span.base, span.len, 0);
        on_read(stream, nread, &span);
    }
}

/* ---- the application ---- */

static void give_room(stream_t *stream, size_t suggested, span_t *span)
{
    if (stream->slab == NULL)
        stream->slab = calloc(1, suggested);
    span->base = stream->slab;
    span->len = stream->slab ? suggested : 0;
}

static void echo_read(stream_t *stream, ssize_t nread, const span_t *span)
{
    if (nread <= 0) {
        stream_close(stream);
        return;
    }
    if (stream_write(stream, span) < 0)
        stream_close(stream);
}

static void *serve(void *arg)
{
    stream_t *stream = arg;

    stream_run(stream, give_room, echo_read);
    close(stream->fd);
    free(stream->slab);
    free(stream);
    return NULL;
}

static int listen_on(const char *port)
{
    struct sockaddr_in addr;
    int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);

    memset(&addr, 0, sizeof addr);
    addr.sin_family = AF_INET;
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    addr.sin_port = htons((unsigned short)atoi(port));
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&addr, sizeof addr) < 0 || listen(fd, 128) < 0) {
        perror("listen");
        exit(1);
    }
    return fd;
}

int main(void)
{
    const char *port = getenv("PORT");
    int listener = listen_on(port ? port : "7");

    for (;;) {
        pthread_t thread;
        stream_t *stream;
        int fd = accept(listener, NULL, NULL);

        if (fd < 0) {
            usleep(100000);
            continue;
        }
        stream = calloc(1, sizeof *stream);
        if (stream == NULL) {
            close(fd);
            continue;
        }
        stream->fd = fd;
        stream->open = 1;
        if (pthread_create(&thread, NULL, serve, stream) != 0) {
            close(fd);
            free(stream);
            continue;
        }
        pthread_detach(thread);
    }
}
