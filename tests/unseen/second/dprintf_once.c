/*
 * Bug: the answer is printed with "%.*s", which stops at the first zero byte though the length is
 *     given, so the rest of that read is lost.
 * Cause: cut-at-nul
 * Caught by: identity/nul-bytes
 * Profile: one-shot
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    char text[1024];
    int one = 1;
    struct sockaddr_in address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    signal(SIGPIPE, SIG_IGN);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    address.sin_family = AF_INET;
    address.sin_port = htons(atoi(getenv("PORT")));
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    if (bind(listener, (struct sockaddr *)&address, sizeof(address)) == -1) {
        perror("bind()");
        return 1;
    }
    listen(listener, 1);

    int client = accept(listener, NULL, NULL);
    if (client == -1) {
        perror("accept()");
        return 1;
    }
    for (;;) {
        ssize_t length = read(client, text, sizeof(text));
        if (length <= 0)
            break;
        if (dprintf(client, "%.*s", (int)length, text) < 0)
            break;
    }
    close(client);
    close(listener);
    return 0;
}
