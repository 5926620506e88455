/* Bug: when reading or writing fails the thread logs it and returns, and does not close the socket:
 *     each client that breaks off leaves a descriptor behind.
 * Cause: descriptor-leak
 * Profile: concurrent
 * Port: $PORT
 */
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
    int fd;
    unsigned long id;
    unsigned char data[8192];
} session_t;

static void log_error(const session_t *s, const char *call)
{
    printf("[%lu] %s: %s\n", s->id, call, strerror(errno));
    fflush(stdout);
}

static int write_fully(int fd, const unsigned char *p, size_t n)
{
    while (n) {
        ssize_t k = write(fd, p, n);
        if (k < 0) {
            if (errno == EINTR)
                continue;
            return -1;
        }
        p += k;
        n -= (size_t)k;
    }
    return 0;
}

static void *run(void *arg)
{
    session_t *s = arg;

    for (;;) {
        ssize_t n = read(s->fd, s->data, sizeof s->data);
        if (n == 0)
            break;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            log_error(s, "read");
            free(s);
            return NULL;
        }
        if (write_fully(s->fd, s->data, (size_t)n) < 0) {
            log_error(s, "write");
            free(s);
            return NULL;
        }
    }
    close(s->fd);
    free(s);
    return NULL;
}

static void start_session(int fd)
{
    static unsigned long next_id;
    session_t *s = malloc(sizeof *s);
    pthread_t thread;

    if (s != NULL) {
        s->fd = fd;
        s->id = ++next_id;
        if (pthread_create(&thread, NULL, run, s) == 0) {
            pthread_detach(thread);
            return;
        }
        free(s);
    }
    close(fd);
}

int main(void)
{
    struct sockaddr_in me;
    int s = socket(PF_INET, SOCK_STREAM, 0), yes = 1;

    signal(SIGPIPE, SIG_IGN);
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    memset(&me, 0, sizeof me);
    me.sin_family = AF_INET;
    me.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    me.sin_port = htons((unsigned short)atoi(getenv("PORT")));
    if (bind(s, (struct sockaddr *)&me, sizeof me) != 0 || listen(s, 400) != 0) {
        perror("echo");
        return 2;
    }
    for (;;) {
        int fd = accept(s, NULL, NULL);
        if (fd >= 0)
            start_session(fd);
        else if (errno != EINTR)
            usleep(50000);
    }
}
