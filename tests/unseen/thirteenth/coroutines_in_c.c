/*
 * Bug: the stack of a coroutine is not freed when its client has gone: each connection costs
 *     memory for ever.
 * Cause: memory-leak
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <ucontext.h>
#include <unistd.h>

#define STACK (64 * 1024)

struct task {
    ucontext_t context;
    int fd;
    int done;
    char *stack;
};

static ucontext_t loop_context;
static struct task *current;
static int epoll_fd;

static void wait_until(unsigned events)
{
    struct task *self = current;
    struct epoll_event ev = {.events = events | EPOLLONESHOT, .data.ptr = self};

    epoll_ctl(epoll_fd, EPOLL_CTL_MOD, self->fd, &ev);
    swapcontext(&self->context, &loop_context);
}

static ssize_t co_read(int fd, char *to, size_t size)
{
    for (;;) {
        ssize_t n = recv(fd, to, size, 0);

        if (n >= 0 || (errno != EAGAIN && errno != EINTR))
            return n;
        if (errno == EAGAIN)
            wait_until(EPOLLIN);
    }
}

static int co_write(int fd, const char *from, size_t size)
{
    while (size > 0) {
        ssize_t n = send(fd, from, size, MSG_NOSIGNAL);

        if (n >= 0) {
            from += n;
            size -= (size_t)n;
        } else if (errno == EAGAIN) {
            wait_until(EPOLLOUT);
        } else if (errno != EINTR) {
            return -1;
        }
    }
    return 0;
}

static void client(void)
{
    struct task *self = current;
    char buffer[12345];
    int turns = 0;
    ssize_t n;

    while ((n = co_read(self->fd, buffer, sizeof buffer)) > 0) {
        if (co_write(self->fd, buffer, (size_t)n) < 0)
            break;
        if (++turns % 16 == 0)
            wait_until(EPOLLIN);
    }
    self->done = 1;
    swapcontext(&self->context, &loop_context);
}

static void resume(struct task *task)
{
    current = task;
    swapcontext(&loop_context, &task->context);
    if (task->done) {
        close(task->fd);
        free(task);
    }
}

static void spawn(int fd)
{
    struct epoll_event ev = {.events = 0};
    struct task *task = calloc(1, sizeof *task);

    if (task == NULL || (task->stack = malloc(STACK)) == NULL) {
        free(task);
        close(fd);
        return;
    }
    task->fd = fd;
    getcontext(&task->context);
    task->context.uc_stack.ss_sp = task->stack;
    task->context.uc_stack.ss_size = STACK;
    makecontext(&task->context, client, 0);
    ev.data.ptr = task;
    ev.events = EPOLLONESHOT;
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &ev);
    resume(task);
}

static void accept_one(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);

    if (fd >= 0)
        spawn(fd);
    else if (errno != EAGAIN && errno != EINTR)
        usleep(20000);
}

int main(void)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(getenv("PORT")))};
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = NULL};
    int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&addr, sizeof addr) || listen(listener, 256)) {
        perror("contexts");
        return 1;
    }
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &ev);
    for (;;) {
        if (epoll_wait(epoll_fd, &ev, 1, -1) != 1)
            continue;
        if (ev.data.ptr == NULL)
            accept_one(listener);
        else
            resume(ev.data.ptr);
    }
}
