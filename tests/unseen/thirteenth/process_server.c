/* Bug: SIGCHLD interrupts accept() (the handler is installed without SA_RESTART), and the parent
 *     takes EINTR for a fatal error: it ends when the first child ends.
 * Cause: eintr-is-error
 * Also: accept-error-ends
 * Profile: concurrent
 * Port: $PORT
 */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void fatal(const char *what)
{
    fprintf(stderr, "echod: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

static void reap(int sig)
{
    int saved_errno = errno;

    (void)sig;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    errno = saved_errno;
}

static int tcp_listen(const char *service)
{
    struct sockaddr_in sin = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1, sock = socket(AF_INET, SOCK_STREAM, 0);

    if (sock < 0)
        fatal("socket");
    sin.sin_port = htons((unsigned short)strtoul(service, NULL, 10));
    if (setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0)
        fatal("setsockopt");
    if (bind(sock, (struct sockaddr *)&sin, sizeof sin) < 0)
        fatal("bind");
    if (listen(sock, SOMAXCONN) < 0)
        fatal("listen");
    return sock;
}

static int session(int sock)
{
    char block[16384];
    ssize_t got;

    while ((got = read(sock, block, sizeof block)) != 0) {
        if (got < 0) {
            if (errno == EINTR)
                continue;
            return EXIT_SUCCESS;
        }
        for (ssize_t put = 0, n; put < got; put += n) {
            n = write(sock, block + put, (size_t)(got - put));
            if (n < 0 && errno == EINTR)
                n = 0;
            if (n < 0)
                return EXIT_SUCCESS;
        }
    }
    return EXIT_SUCCESS;
}

int main(void)
{
    const char *port = getenv("PORT");
    struct sigaction sa;
    int listener = tcp_listen(port ? port : "7007");

    memset(&sa, 0, sizeof sa);
    sigemptyset(&sa.sa_mask);
    sa.sa_handler = reap;
    if (sigaction(SIGCHLD, &sa, NULL) < 0)
        fatal("sigaction");
    signal(SIGPIPE, SIG_IGN);

    for (;;) {
        int sock = accept(listener, NULL, NULL);
        if (sock < 0) {
            if (errno == EMFILE || errno == ENFILE || errno == ECONNABORTED) {
                nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
                continue;
            }
            fatal("accept");
        }
        switch (fork()) {
        case 0:
            close(listener);
            _exit(session(sock));
        case -1:
            nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
            /* fall through */
        default:
            close(sock);
        }
    }
}
