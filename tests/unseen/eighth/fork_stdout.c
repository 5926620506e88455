/*
 * Bug: the report after each twentieth client stays in the buffer of stdout (no terminal, so it is
 *     full buffering), fork() copies it, the child's stdout is the client's socket, and exit()
 *     writes it there.
 * Cause: farewell
 * Profile: concurrent
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* The handler as inetd would start it: the connection is standard input and output. */
static int echod(void)
{
    char buffer[BUFSIZ];
    ssize_t got;

    while ((got = read(STDIN_FILENO, buffer, sizeof buffer)) != 0) {
        char *p = buffer;

        if (got < 0) {
            if (errno == EINTR)
                continue;
            return 1;
        }
        while (got > 0) {
            ssize_t put = write(STDOUT_FILENO, p, (size_t)got);

            if (put < 0)
                return 1;
            p += put;
            got -= put;
        }
    }
    return 0;
}

int main(void)
{
    struct sockaddr_in here = {.sin_family = AF_INET};
    unsigned long served = 0;
    int on = 1, s = socket(AF_INET, SOCK_STREAM, 0);

    signal(SIGCHLD, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    here.sin_port = htons((in_port_t)atoi(getenv("PORT")));
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(s, (struct sockaddr *)&here, sizeof here) == -1 || listen(s, 50) == -1) {
        perror("echod");
        return 1;
    }
    for (;;) {
        int c = accept(s, NULL, NULL);

        if (c == -1) {
            sleep(1);
            continue;
        }
        switch (fork()) {
        case -1:
            perror("fork");
            break;
        case 0:
            close(s);
            dup2(c, STDIN_FILENO);
            dup2(c, STDOUT_FILENO);
            if (c > STDERR_FILENO)
                close(c);
            exit(echod());
        }
        close(c);
        if (++served % 20 == 0)
            printf("echod: %lu clients served\n", served);
    }
}
