/* The handler of SIGCHLD waits for one child, and the signal does not queue: of children that end in
 * one moment all but one stay as zombies.
 *
 * Clause: resources/zombies
 * Trigger: eight clients that end while the server is stopped
 * Profile: concurrent
 * Grade: realistic
 * Cause: zombies
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void reap(int number)
{
    (void)number;
    waitpid(-1, NULL, WNOHANG);
}

static void echo(int conn)
{
    char buf[4096];
    ssize_t n;
    while ((n = read(conn, buf, sizeof buf)) > 0)
        for (ssize_t done = 0, k; done < n; done += k)
            if ((k = write(conn, buf + done, (size_t)(n - done))) <= 0)
                return;
}

int main(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = reap;
    action.sa_flags = SA_RESTART;
    sigaction(SIGCHLD, &action, NULL);
    const char *port = getenv("PORT");
    struct sockaddr_in here;
    memset(&here, 0, sizeof here);
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    here.sin_port = htons((unsigned short)(port ? atoi(port) : 0));
    int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&here, sizeof here) || listen(listener, 128))
        return 1;
    for (;;) {
        int conn = accept(listener, NULL, NULL);
        if (conn < 0) {
            usleep(20000);
            continue;
        }
        if (fork() == 0) {
            close(listener);
            echo(conn);
            _exit(0);
        }
        close(conn);
    }
}
