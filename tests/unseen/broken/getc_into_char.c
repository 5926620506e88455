/*
 * Bug: the result of getc() goes into a char; there the byte 0xFF is the same as EOF, and a
 *     client who sends it is hung up on.
 * Cause: signed-char-is-end
 * Also: magic-byte
 * Caught by: identity/every-byte-value, identity/telnet-bytes
 * Profile: sequential
 * Port: 22008
 */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static void copy(FILE *in, FILE *out)
{
    signed char c;

    while ((c = getc(in)) != EOF) {
        if (putc(c, out) == EOF)
            return;
        /* flush when nothing more is buffered: glibc */
        if (in->_IO_read_ptr == in->_IO_read_end && fflush(out) == EOF)
            return;
    }
}

int main(void)
{
    struct sockaddr_in addr = {AF_INET, htons(22008), {htonl(INADDR_LOOPBACK)}, {0}};
    int yes = 1, conn, sock = socket(AF_INET, SOCK_STREAM, 0);

    signal(SIGPIPE, SIG_IGN);
    setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(sock, (struct sockaddr *)&addr, sizeof addr) == -1 || listen(sock, 8) == -1) {
        perror("cannot listen");
        return 1;
    }
    for (;;) {
        FILE *in, *out;

        if ((conn = accept(sock, NULL, NULL)) == -1) {
            usleep(100000);
            continue;
        }
        in = fdopen(conn, "r");
        out = fdopen(dup(conn), "w");
        if (out == NULL) {
            perror("fdopen");
            fclose(in);
            continue;
        }
        copy(in, out);
        fclose(out);
        fclose(in);
    }
}
