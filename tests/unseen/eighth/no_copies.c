/*
 * Bug: the buffer goes to the socket without a copy (vmsplice, splice), so its pages are still on
 *     their way when the next read() fills them again: a client that has not taken its answer finds
 *     later data in it.
 * Cause: buffer-overwritten
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
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGES_SIZE (16 * 4096)

/* Zero-copy write: map the pages into the pipe, then move them from the pipe into the socket. */
static int zwrite(int fd, int pipefd[2], char *data, size_t len)
{
    while (len > 0) {
        struct iovec iov = {data, len};
        ssize_t mapped = vmsplice(pipefd[1], &iov, 1, 0);

        if (mapped <= 0)
            return -1;
        data += mapped;
        len -= (size_t)mapped;
        while (mapped > 0) {
            ssize_t moved = splice(pipefd[0], NULL, fd, NULL, (size_t)mapped, SPLICE_F_MOVE);

            if (moved <= 0)
                return -1;
            mapped -= moved;
        }
    }
    return 0;
}

static void *zecho(void *arg)
{
    int fd = *(int *)arg, pipefd[2];
    char *pages;
    ssize_t n;

    free(arg);
    if (pipe(pipefd) == 0) {
        pages = mmap(NULL, PAGES_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (pages != MAP_FAILED) {
            while ((n = read(fd, pages, PAGES_SIZE)) > 0)
                if (zwrite(fd, pipefd, pages, (size_t)n) < 0)
                    break;
            munmap(pages, PAGES_SIZE);
        }
        close(pipefd[0]);
        close(pipefd[1]);
    }
    close(fd);
    return NULL;
}

int main(void)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int opt = 1, lfd = socket(AF_INET, SOCK_STREAM, 0);

    signal(SIGPIPE, SIG_IGN);
    addr.sin_port = htons((unsigned short)atoi(getenv("PORT")));
    setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &opt, sizeof(opt));
    if (bind(lfd, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(lfd, 128) < 0) {
        perror("no_copies");
        return 1;
    }
    for (;;) {
        int *fd = malloc(sizeof *fd);
        pthread_t tid;

        if (fd == NULL || (*fd = accept(lfd, NULL, NULL)) < 0) {
            free(fd);
            usleep(100000);
            continue;
        }
        if (pthread_create(&tid, NULL, zecho, fd) != 0) {
            close(*fd);
            free(fd);
            continue;
        }
        pthread_detach(tid);
    }
}
