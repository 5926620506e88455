/*
 * Bug: the input filter of a telnet game was kept: the byte 0xFF begins a command, and it and the
 *     one or two bytes behind it are taken out of the data.
 * Cause: telnet
 * Also: magic-byte
 * Caught by: identity/telnet-bytes
 * Profile: one-shot
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { IAC = 255, WILL = 251, DONT = 254 };
enum state { TEXT, COMMAND, OPTION };

static enum state state = TEXT;

/* Takes the commands out of buf, in place; returns how many bytes are left. */
static size_t filter(unsigned char *buf, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        unsigned char c = buf[i];
        switch (state) {
        case TEXT:
            if (c == IAC)
                state = COMMAND;
            else
                buf[kept++] = c;
            break;
        case COMMAND:
            if (c == IAC)
                buf[kept++] = c;
            state = c >= WILL && c <= DONT ? OPTION : TEXT;
            break;
        case OPTION:
            state = TEXT;
            break;
        }
    }
    return kept;
}

int main(void)
{
    unsigned char buf[1100];
    struct sockaddr_in mud = {.sin_family = AF_INET};
    int on = 1, s = socket(AF_INET, SOCK_STREAM, 0), player;
    ssize_t n;

    inet_pton(AF_INET, "127.0.0.1", &mud.sin_addr);
    mud.sin_port = htons(atoi(getenv("PORT")));
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(s, (struct sockaddr *)&mud, sizeof mud) || listen(s, 1))
        return 1;
    player = accept(s, NULL, NULL);
    if (player < 0)
        return 1;
    while ((n = read(player, buf, sizeof buf)) > 0) {
        size_t left = filter(buf, n), done = 0;
        while (done < left) {
            ssize_t k = send(player, buf + done, left - done, MSG_NOSIGNAL);
            if (k < 0)
                return 1;
            done += k;
        }
    }
    close(player);
    close(s);
    return 0;
}
