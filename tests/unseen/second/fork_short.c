/*
 * Bug: the child does not exit after its client: it returns to the accept loop, so every client
 *     leaves one more process of the server, and ending the server does not free the port.
 * Cause: child-goes-on
 * Also: thread-leak
 * Profile: concurrent
 * Port: $PORT
 */
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

void serve(int c)
{
    char b[777];
    ssize_t n, m, k;
    while ((n = read(c, b, sizeof b)) > 0)
        for (m = 0; m < n; m += k)
            if ((k = write(c, b + m, n - m)) < 0)
                return;
}

int main()
{
    int on = 1, s = socket(AF_INET, SOCK_STREAM, 0), c;
    struct sockaddr_in a = {AF_INET, htons(atoi(getenv("PORT"))), {htonl(INADDR_LOOPBACK)}, {0}};
    signal(SIGCHLD, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(s, (struct sockaddr *)&a, sizeof a) || listen(s, 40))
        return 1;
    for (;;) {
        c = accept(s, 0, 0);
        if (c < 0) {
            usleep(20000);
            continue;
        }
        if (fork() == 0)
            serve(c);
        close(c);
    }
}
