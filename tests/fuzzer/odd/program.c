/* Loses the last byte of a read of exactly 4,242 bytes: all that is known of it is the program. */

#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static char buffer[65536];

int main(void) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    const char *port = getenv("PORT");
    int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    signal(SIGPIPE, SIG_IGN);
    address.sin_port = htons(port ? atoi(port) : 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 16))
        return 1;
    for (;;) {
        int client = accept(listener, NULL, NULL);
        ssize_t size;
        while ((size = recv(client, buffer, sizeof buffer, 0)) > 0) {
            ssize_t sent = 0, part = 1, whole = size == 4242 ? size - 1 : size;
            while (sent < whole && (part = send(client, buffer + sent, whole - sent, 0)) > 0)
                sent += part;
            if (part <= 0)
                break;
        }
        close(client);
    }
}
