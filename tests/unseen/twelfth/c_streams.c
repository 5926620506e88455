/* Bug: fread() returns only when 1,024 bytes are there or the client has ended, so a client that
 *     sends less and waits gets no answer.
 * Cause: waits-for-full-buffer
 * Also: fixed-message-size
 * Profile: sequential
 * Port: $PORT
 */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Treat the socket like a file: one stream for each direction. */
static void handle_client(int sock)
{
    char buffer[1024];
    size_t count;
    int copy = dup(sock);
    FILE *in, *out;

    if (copy < 0) {
        close(sock);
        return;
    }
    in = fdopen(sock, "rb");
    out = fdopen(copy, "wb");
    while ((count = fread(buffer, 1, sizeof buffer, in)) > 0) {
        if (fwrite(buffer, 1, count, out) != count)
            break;
        if (fflush(out) != 0)
            break;
    }
    fclose(out);
    fclose(in);
}

static int make_server(const char *port)
{
    struct sockaddr_in name;
    int option = 1;
    int server = socket(PF_INET, SOCK_STREAM, 0);

    if (server < 0) {
        perror("socket");
        exit(EXIT_FAILURE);
    }
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &option, sizeof option);
    memset(&name, 0, sizeof name);
    name.sin_family = AF_INET;
    name.sin_port = htons((in_port_t)strtol(port, NULL, 10));
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(server, (struct sockaddr *)&name, sizeof name) < 0) {
        perror("bind");
        exit(EXIT_FAILURE);
    }
    if (listen(server, 100) < 0) {
        perror("listen");
        exit(EXIT_FAILURE);
    }
    return server;
}

int main(void)
{
    const char *port = getenv("PORT");
    int server = make_server(port != NULL ? port : "7000");

    signal(SIGPIPE, SIG_IGN);
    while (1) {
        int client = accept(server, NULL, NULL);

        if (client < 0) {
            if (errno == EMFILE || errno == ENFILE)
                sleep(1);
            continue;
        }
        handle_client(client);
    }
    return 0;
}
