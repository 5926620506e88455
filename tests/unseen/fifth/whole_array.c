// Bug: sizeof buffer bytes are sent for each read, however many were read.
// Cause: stale-buffer
// Caught by: identity/one-byte
// Profile: sequential
// Port: $PORT

#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void echo(int client)
{
    char buffer[256];
    memset(buffer, 0, sizeof buffer);
    while (read(client, buffer, sizeof buffer) > 0) {
        const char *p = buffer;
        size_t left = sizeof buffer;
        while (left > 0) {
            ssize_t done = write(client, p, left);
            if (done <= 0)
                return;
            p += done;
            left -= (size_t)done;
        }
    }
}

int main(void)
{
    struct sockaddr_in me = {.sin_family = AF_INET};
    int s = socket(AF_INET, SOCK_STREAM, 0), yes = 1;

    signal(SIGPIPE, SIG_IGN);
    me.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    me.sin_port = htons((unsigned short)atoi(getenv("PORT")));
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(s, (struct sockaddr *)&me, sizeof me) != 0) {
        perror("bind");
        return 1;
    }
    listen(s, 10);
    while (1) {
        int client = accept(s, NULL, NULL);
        if (client == -1) {
            usleep(50000);
            continue;
        }
        echo(client);
        close(client);
    }
}
