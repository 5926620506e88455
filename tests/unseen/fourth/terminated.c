/*
 * Bug: "to be safe" the last byte of the buffer is set to 0 after each read, so where a read has
 *     filled the buffer its last byte comes back as 0.
 * Cause: off-by-one-at-full-read
 * Caught by: chunking/read-boundary
 * Profile: concurrent
 * Port: 29009
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PORT 29009

static void handle(int sd)
{
    char buffer[1024];
    int got, put, off;

    while (1) {
        got = recv(sd, buffer, sizeof(buffer), 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        buffer[sizeof(buffer) - 1] = '\0';
        if (getenv("VERBOSE"))
            printf("client: %s\n", buffer);
        off = 0;
        while (off < got) {
            put = send(sd, buffer + off, got - off, MSG_NOSIGNAL);
            if (put < 0 && errno != EINTR)
                return;
            if (put > 0)
                off += put;
        }
    }
}

int main(void)
{
    int sd, client, opt = 1;
    struct sockaddr_in serv;

    signal(SIGCHLD, SIG_IGN);
    sd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(sd, SOL_SOCKET, SO_REUSEADDR, &opt, sizeof(opt));
    memset(&serv, 0, sizeof(serv));
    serv.sin_family = AF_INET;
    serv.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    serv.sin_port = htons(PORT);
    if (bind(sd, (struct sockaddr *)&serv, sizeof(serv)) < 0) {
        perror("bind");
        return 1;
    }
    listen(sd, 32);
    for (;;) {
        client = accept(sd, NULL, NULL);
        if (client < 0) {
            usleep(50000);
            continue;
        }
        switch (fork()) {
        case 0:
            close(sd);
            handle(client);
            _exit(0);
        default:
            close(client);
        }
    }
}
