/*
 * Bug: recv() may fill the whole buffer of 512 bytes, and then its last byte is overwritten with
 *     the NUL that ends a C string; of each full read the last byte comes back as zero.
 * Cause: off-by-one-at-full-read
 * Caught by: chunking/read-boundary
 * Profile: sequential
 * Port: $PORT
 */
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFLEN 512

static int verbose;

static int bind_to(const char *host, const char *service)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *ai;
    int s, yes = 1;

    if (getaddrinfo(host, service, &hints, &ai) != 0)
        return -1;
    s = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(s, ai->ai_addr, ai->ai_addrlen) < 0 || listen(s, 10) < 0) {
        perror(service);
        exit(1);
    }
    freeaddrinfo(ai);
    return s;
}

static void chat(int c)
{
    char buf[BUFLEN];
    ssize_t len, sent, n;

    while ((len = recv(c, buf, BUFLEN, 0)) > 0) {
        if (len == BUFLEN)
            buf[BUFLEN - 1] = '\0';
        else
            buf[len] = '\0';
        if (verbose)
            printf("client says: %s\n", buf);
        for (sent = 0; sent < len; sent += n) {
            n = send(c, buf + sent, (size_t)(len - sent), MSG_NOSIGNAL);
            if (n < 0)
                return;
        }
    }
}

int main(int argc, char **argv)
{
    const char *port = getenv("PORT");
    int c, s;

    verbose = argc > 1 && strcmp(argv[1], "-v") == 0;
    s = bind_to("127.0.0.1", port ? port : "0");
    for (;;) {
        c = accept(s, NULL, NULL);
        if (c < 0) {
            usleep(100000);
            continue;
        }
        chat(c);
        close(c);
    }
}
