/* Two threads for each client: one reads from it into a pipe, one sends to it what is in the pipe.
 * When a send fails the second ends, the pipe stays open, and once it is full the first waits in
 * write() for ever.
 *
 * Clause: resources/threads
 * Trigger: clients that do not read, and reset when all buffers are full
 * Profile: concurrent
 * Grade: nasty
 * Cause: thread-leak
 * Beside: descriptor-leak
 */
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SOCKET, OUT_OF_PIPE, INTO_PIPE, ENDS };

static void *carry_out(void *given)
{
    const int *end = given;
    char block[8192];
    ssize_t got;

    while ((got = read(end[OUT_OF_PIPE], block, sizeof block)) > 0)
        for (ssize_t done = 0, n; done < got; done += n)
            if ((n = send(end[SOCKET], block + done, (size_t)(got - done), MSG_NOSIGNAL)) < 0)
                return NULL;
    return NULL;
}

static void carry_in(const int *end)
{
    char block[8192];
    ssize_t got;

    while ((got = recv(end[SOCKET], block, sizeof block, 0)) > 0)
        for (ssize_t done = 0, n; done < got; done += n)
            if ((n = write(end[INTO_PIPE], block + done, (size_t)(got - done))) < 0)
                return;
}

static void *serve(void *given)
{
    int *end = given;
    pthread_t sender;

    if (pipe(end + OUT_OF_PIPE) == 0) {
        if (pthread_create(&sender, NULL, carry_out, end) == 0) {
            carry_in(end);
            close(end[INTO_PIPE]);
            pthread_join(sender, NULL);
        } else {
            close(end[INTO_PIPE]);
        }
        close(end[OUT_OF_PIPE]);
    }
    close(end[SOCKET]);
    free(end);
    return NULL;
}

int main(void)
{
    const char *port = getenv("PORT");
    struct sockaddr_in here;
    int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;

    signal(SIGPIPE, SIG_IGN);
    memset(&here, 0, sizeof here);
    here.sin_family = AF_INET;
    here.sin_port = htons((unsigned short)atoi(port ? port : "0"));
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&here, sizeof here) || listen(listener, 128))
        return 1;
    for (;;) {
        int client = accept(listener, NULL, NULL), *end = NULL;
        pthread_t thread;

        if (client < 0) {
            usleep(50000);
            continue;
        }
        if ((end = malloc(ENDS * sizeof *end)) != NULL)
            end[SOCKET] = client;
        if (end == NULL || pthread_create(&thread, NULL, serve, end) != 0) {
            free(end);
            close(client);
            continue;
        }
        pthread_detach(thread);
    }
}
