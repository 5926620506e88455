/*
 * Bug: the pipe of a connection goes back to the pool also when sending has failed, with the bytes
 *     that are still in it; the next client that gets this pipe reads them in front of its own.
 * Cause: leftover-of-earlier
 * Also: shared-buffer
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define POOL_SIZE 32
#define AT_ONCE 16384

struct pipe_pair {
    int rd, wr;
};

static struct {
    pthread_mutex_t mu;
    int n;
    struct pipe_pair free[POOL_SIZE];
} pool = {.mu = PTHREAD_MUTEX_INITIALIZER};

static int pool_get(struct pipe_pair *p)
{
    int fds[2], found = 0;

    pthread_mutex_lock(&pool.mu);
    if (pool.n > 0) {
        *p = pool.free[--pool.n];
        found = 1;
    }
    pthread_mutex_unlock(&pool.mu);
    if (found)
        return 0;
    if (pipe2(fds, O_CLOEXEC) < 0)
        return -1;
    p->rd = fds[0];
    p->wr = fds[1];
    return 0;
}

static void pool_put(struct pipe_pair p)
{
    int kept = 0;

    pthread_mutex_lock(&pool.mu);
    if (pool.n < POOL_SIZE) {
        pool.free[pool.n++] = p;
        kept = 1;
    }
    pthread_mutex_unlock(&pool.mu);
    if (!kept) {
        close(p.rd);
        close(p.wr);
    }
}

static void relay(int fd, struct pipe_pair p)
{
    ssize_t in, out;

    while ((in = splice(fd, NULL, p.wr, NULL, AT_ONCE, SPLICE_F_MOVE)) > 0) {
        while (in > 0) {
            out = splice(p.rd, NULL, fd, NULL, (size_t)in, SPLICE_F_MOVE);
            if (out <= 0)
                return;
            in -= out;
        }
    }
}

static void *session(void *arg)
{
    int fd = (int)(long)arg;
    struct pipe_pair p;

    if (pool_get(&p) == 0) {
        relay(fd, p);
        pool_put(p);
    }
    close(fd);
    return NULL;
}

int main(void)
{
    struct sockaddr_in sa = {0};
    pthread_attr_t attr;
    int one = 1, ls;

    signal(SIGPIPE, SIG_IGN);
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, 128 * 1024);
    ls = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(ls, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    sa.sin_family = AF_INET;
    sa.sin_port = htons(atoi(getenv("PORT")));
    sa.sin_addr.s_addr = inet_addr("127.0.0.1");
    if (bind(ls, (struct sockaddr *)&sa, sizeof(sa)) || listen(ls, 256)) {
        perror("pipe_pool");
        exit(1);
    }
    while (1) {
        pthread_t t;
        int fd = accept(ls, NULL, NULL);

        if (fd < 0) {
            usleep(100 * 1000);
            continue;
        }
        if (pthread_create(&t, &attr, session, (void *)(long)fd) != 0)
            close(fd);
    }
}
