/* A server of datagrams; with OVER it writes behind its buffer when one is longer than 4096. */

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int main(void) {
    static char buffer[65536];
    const char *port = getenv("PORT");
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(port ? atoi(port) : 0)};
    int sock = socket(AF_INET, SOCK_DGRAM, 0);
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(sock, (struct sockaddr *)&here, sizeof here) < 0)
        return 1;
    for (;;) {
        struct sockaddr_in peer;
        socklen_t size = sizeof peer;
        ssize_t got = recvfrom(sock, buffer, sizeof buffer, 0, (struct sockaddr *)&peer, &size);
        if (got < 0)
            continue;
#ifdef OVER
        char *copy = malloc(4096);
#else
        char *copy = malloc(sizeof buffer);
#endif
        memcpy(copy, buffer, got);
        sendto(sock, copy, got, 0, (struct sockaddr *)&peer, size);
        free(copy);
    }
}
