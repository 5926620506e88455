/*
 * Bug: strlen() measures the answer, which ends at a zero byte; one client is served at a time;
 *     and a write to a client that has gone kills the server.
 * Cause: cut-at-nul
 * Cause: one-at-a-time
 * Cause: killed-by-sigpipe
 * Caught by: identity/nul-bytes, sessions/simultaneous, resilience/vanish-while-sending
 * Profile: concurrent
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void reply(int client, const char *text)
{
    size_t left = strlen(text);

    while (left > 0) {
        ssize_t n = write(client, text, left);
        if (n < 0)
            return;
        text += n;
        left -= n;
    }
}

int main(void)
{
    char line[2049];
    int yes = 1;
    int server = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in at = {0};

    at.sin_family = AF_INET;
    at.sin_port = htons(atoi(getenv("PORT")));
    inet_pton(AF_INET, "127.0.0.1", &at.sin_addr);
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(server, (struct sockaddr *)&at, sizeof at) != 0 || listen(server, 50) != 0) {
        perror("cannot listen");
        return 1;
    }
    for (;;) {
        ssize_t n;
        int client = accept(server, NULL, NULL);
        if (client < 0) {
            usleep(10000);
            continue;
        }
        while ((n = read(client, line, 2048)) > 0) {
            line[n] = '\0';
            reply(client, line);
        }
        close(client);
    }
}
