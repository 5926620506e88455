/* Bug: nothing is done about SIGPIPE: when a client has gone before its answer, the write ends the
 *     server.
 * Cause: killed-by-sigpipe
 * Also: crash-on-reset
 * Profile: sequential
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool write_all(int fd, const char *data, size_t size)
{
    size_t written = 0;

    while (written < size) {
        ssize_t result = write(fd, data + written, size - written);
        if (result == -1) {
            if (errno == EINTR)
                continue;
            return false;
        }
        written += (size_t)result;
    }
    return true;
}

static void handle_client(int fd)
{
    char buffer[2048];

    while (true) {
        ssize_t result = read(fd, buffer, sizeof(buffer));
        if (result == -1 && errno == EINTR)
            continue;
        if (result <= 0)
            break;
        if (!write_all(fd, buffer, (size_t)result))
            break;
    }
}

int main(void)
{
    const char *port_text = getenv("PORT");
    if (port_text == NULL) {
        fprintf(stderr, "PORT is not set\n");
        return EXIT_FAILURE;
    }

    int server_fd = socket(AF_INET, SOCK_STREAM, 0);
    if (server_fd == -1) {
        perror("socket");
        return EXIT_FAILURE;
    }
    int reuse = 1;
    if (setsockopt(server_fd, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof(reuse)) == -1) {
        perror("setsockopt");
        return EXIT_FAILURE;
    }

    struct sockaddr_in address;
    memset(&address, 0, sizeof(address));
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)atoi(port_text));
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    if (bind(server_fd, (struct sockaddr *)&address, sizeof(address)) == -1) {
        perror("bind");
        return EXIT_FAILURE;
    }
    if (listen(server_fd, 128) == -1) {
        perror("listen");
        return EXIT_FAILURE;
    }
    printf("Server listening on port %s\n", port_text);
    fflush(stdout);

    while (true) {
        int client_fd = accept(server_fd, NULL, NULL);
        if (client_fd == -1) {
            if (errno != EINTR)
                usleep(50 * 1000);
            continue;
        }
        handle_client(client_fd);
        close(client_fd);
    }
}
