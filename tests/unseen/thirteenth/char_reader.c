/* Bug: the reader hands out a char as an int without a cast to unsigned char; the byte 0xFF becomes
 *     -1, which its caller takes for the end.
 * Cause: signed-char-is-end
 * Profile: one-shot
 * Port: $PORT
 */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct reader {
    int fd;
    size_t pos, len;
    char buf[4096];
};

struct writer {
    int fd;
    size_t len;
    char buf[4096];
};

static int fill(struct reader *r)
{
    ssize_t n;

    do
        n = read(r->fd, r->buf, sizeof r->buf);
    while (n < 0 && errno == EINTR);
    r->pos = 0;
    r->len = n > 0 ? (size_t)n : 0;
    return n > 0;
}

static int reader_getc(struct reader *r)
{
    if (r->pos == r->len && !fill(r))
        return EOF;
    return r->buf[r->pos++];
}

static int writer_flush(struct writer *w)
{
    size_t done = 0;

    while (done < w->len) {
        ssize_t n = write(w->fd, w->buf + done, w->len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        done += (size_t)n;
    }
    w->len = 0;
    return 0;
}

static int writer_putc(struct writer *w, int c)
{
    w->buf[w->len++] = (char)c;
    return w->len == sizeof w->buf ? writer_flush(w) : 0;
}

static void echo(int fd)
{
    static struct reader in;
    static struct writer out;
    int c;

    in.fd = out.fd = fd;
    while ((c = reader_getc(&in)) != EOF) {
        if (writer_putc(&out, c) < 0)
            return;
        if (in.pos == in.len && writer_flush(&out) < 0) /* nothing more to copy now */
            return;
    }
    writer_flush(&out);
}

int main(void)
{
    struct sockaddr_in addr = {.sin_family = AF_INET};
    int yes = 1, lfd = socket(AF_INET, SOCK_STREAM, 0), fd;

    signal(SIGPIPE, SIG_IGN);
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    addr.sin_port = htons((unsigned short)atoi(getenv("PORT")));
    setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(lfd, (struct sockaddr *)&addr, sizeof addr) < 0 || listen(lfd, 128) < 0) {
        perror("listen");
        return 1;
    }
    while ((fd = accept(lfd, NULL, NULL)) < 0)
        usleep(50000);
    close(lfd);
    echo(fd);
    close(fd);
    return 0;
}
