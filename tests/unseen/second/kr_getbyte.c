/*
 * Bug: the next byte is kept in a char and compared with EOF, so a byte 0xFF is taken for the end
 *     and the connection is closed.
 * Cause: signed-char-is-end
 * Also: magic-byte
 * Caught by: identity/telnet-bytes
 * Profile: sequential
 * Port: $PORT
 */
#include <stdio.h>
#include <stdlib.h>
#include <signal.h>
#include <unistd.h>
#include <netinet/in.h>
#include <sys/socket.h>

#define IN 1500

static int client;
static unsigned char in[IN], out[IN];
static int have, next, filled;

/* Sends what was collected; -1 if the client is gone. */
static int flush(void)
{
    int k, i = 0;
    while (i < filled) {
        if ((k = write(client, out + i, filled - i)) < 0)
            return -1;
        i += k;
    }
    filled = 0;
    return 0;
}

/* The next byte of the client, or EOF. */
static int get_byte(void)
{
    if (next == have) {
        if (flush() < 0)
            return EOF;
        have = read(client, in, IN);
        next = 0;
        if (have <= 0) {
            have = 0;
            return EOF;
        }
    }
    return in[next++];
}

static void put_byte(int c)
{
    out[filled++] = c;
}

int main(void)
{
    struct sockaddr_in sa = {0};
    int on = 1, s = socket(PF_INET, SOCK_STREAM, 0);
    char c;

    signal(SIGPIPE, SIG_IGN);
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sa.sin_family = AF_INET;
    sa.sin_addr.s_addr = htonl(0x7f000001);
    sa.sin_port = htons(atoi(getenv("PORT")));
    if (bind(s, (struct sockaddr *) &sa, sizeof sa) != 0 || listen(s, 25) != 0) {
        perror("kr_getbyte");
        return 1;
    }
    for (;;) {
        client = accept(s, NULL, NULL);
        if (client < 0) {
            usleep(30000);
            continue;
        }
        have = next = filled = 0;
        while ((c = get_byte()) != EOF)
            put_byte(c);
        flush();
        close(client);
    }
}
