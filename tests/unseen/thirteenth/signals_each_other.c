/*
 * Bug: the writer does not signal that it has made room: the reader that waits at a full ring
 *     sleeps for ever.
 * Cause: never-resumes
 * Also: deadlock-both-ways
 * Profile: concurrent
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define SIZE 10007u

struct ring {
    int fd, ended, broken;
    uint64_t in, out;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    char bytes[SIZE];
};

static void *fill(void *arg)
{
    struct ring *r = arg;

    pthread_mutex_lock(&r->lock);
    for (;;) {
        while (r->in - r->out == SIZE && !r->broken)
            pthread_cond_wait(&r->changed, &r->lock);
        if (r->broken)
            break;
        size_t at = r->in % SIZE, room = SIZE - (r->in - r->out);
        if (room > SIZE - at)
            room = SIZE - at;
        pthread_mutex_unlock(&r->lock);
        ssize_t n = recv(r->fd, r->bytes + at, room, 0);
        int again = n < 0 && errno == EINTR;
        pthread_mutex_lock(&r->lock);
        if (again)
            continue;
        if (n <= 0)
            break;
        r->in += n;
        pthread_cond_signal(&r->changed);
    }
    r->ended = 1;
    pthread_cond_signal(&r->changed);
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

static void *empty(void *arg)
{
    struct ring *r = arg;
    pthread_t filler;

    if (pthread_create(&filler, NULL, fill, r) != 0) {
        close(r->fd);
        free(r);
        return NULL;
    }
    pthread_mutex_lock(&r->lock);
    for (;;) {
        while (r->in == r->out && !r->ended)
            pthread_cond_wait(&r->changed, &r->lock);
        if (r->in == r->out)
            break;
        size_t at = r->out % SIZE, there = r->in - r->out;
        if (there > SIZE - at)
            there = SIZE - at;
        pthread_mutex_unlock(&r->lock);
        ssize_t n = send(r->fd, r->bytes + at, there, MSG_NOSIGNAL);
        int again = n < 0 && errno == EINTR;
        pthread_mutex_lock(&r->lock);
        if (again)
            continue;
        if (n < 0)
            break;
        r->out += n;
    }
    if (r->in != r->out) {
        r->broken = 1;
        shutdown(r->fd, SHUT_RDWR);
        pthread_cond_signal(&r->changed);
    }
    pthread_mutex_unlock(&r->lock);
    pthread_join(filler, NULL);
    close(r->fd);
    pthread_cond_destroy(&r->changed);
    pthread_mutex_destroy(&r->lock);
    free(r);
    return NULL;
}

int main(void)
{
    struct sockaddr_in here = {.sin_family = AF_INET};
    int on = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    pthread_attr_t detached;

    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    here.sin_port = htons(atoi(getenv("PORT")));
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&here, sizeof here) < 0 || listen(listener, 200) < 0) {
        perror("listen");
        return 1;
    }
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        struct ring *r;
        pthread_t t;

        if (fd < 0) {
            usleep(100000);
            continue;
        }
        r = calloc(1, sizeof *r);
        if (r == NULL) {
            close(fd);
            continue;
        }
        r->fd = fd;
        pthread_mutex_init(&r->lock, NULL);
        pthread_cond_init(&r->changed, NULL);
        if (pthread_create(&t, &detached, empty, r) != 0) {
            close(fd);
            free(r);
        }
    }
}
