/*
 * Bug: what arrives is brought "into host order" with ntohs(), two bytes at a time, and is sent like
 *     that, so the two bytes of each pair change places. The last byte of an odd count stays.
 * Cause: none-of-these
 * Caught by: identity/hello
 * Profile: sequential
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WORDS 512

static ssize_t receive_words(int fd, uint16_t *words)
{
    ssize_t i, n = recv(fd, words, WORDS * sizeof(uint16_t), 0);

    for (i = 0; i < n / 2; i++)
        words[i] = ntohs(words[i]);
    return n;
}

static int send_words(int fd, const uint16_t *words, ssize_t n)
{
    const char *p = (const char *)words;

    while (n > 0) {
        ssize_t k = send(fd, p, n, MSG_NOSIGNAL);

        if (k <= 0)
            return 0;
        p += k;
        n -= k;
    }
    return 1;
}

int main(void)
{
    struct sockaddr_in sin;
    int s = socket(AF_INET, SOCK_STREAM, 0), t = 1;

    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &t, sizeof(t));
    memset(&sin, 0, sizeof(sin));
    sin.sin_family = AF_INET;
    sin.sin_addr.s_addr = inet_addr("127.0.0.1");
    sin.sin_port = htons(atoi(getenv("PORT")));
    if (bind(s, (struct sockaddr *)&sin, sizeof(sin)) == -1) {
        perror("bind");
        return 1;
    }
    listen(s, 10);
    for (;;) {
        uint16_t words[WORDS];
        ssize_t n;
        int c = accept(s, NULL, NULL);

        if (c == -1) {
            usleep(100000);
            continue;
        }
        while ((n = receive_words(c, words)) > 0)
            if (!send_words(c, words, n))
                break;
        close(c);
    }
}
