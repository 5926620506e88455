/*
 * Style: for a machine that must not wait: all memory is locked (mlockall), so each stack is there
 *     as a whole; a timer signals every 20 ms, and calls that it interrupts are made again.
 * Profile: concurrent
 * Port: 29512
 */
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static volatile sig_atomic_t ticks;

static void tick(int number)
{
    (void)number;
    ticks++;
}

static void *serve(void *arg)
{
    int fd = (int)(intptr_t)arg;
    char data[32768];

    for (;;) {
        ssize_t n = read(fd, data, sizeof data), done = 0;

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        while (done < n) {
            ssize_t part = send(fd, data + done, (size_t)(n - done), MSG_NOSIGNAL);

            if (part < 0 && errno == EINTR)
                continue;
            if (part < 0)
                goto out;
            done += part;
        }
    }
out:
    close(fd);
    return NULL;
}

int main(void)
{
    struct sockaddr_in here = {.sin_family = AF_INET};
    struct itimerval often = {{0, 20000}, {0, 20000}};
    struct sigaction action;
    pthread_attr_t attr;
    int on = 1, door = socket(AF_INET, SOCK_STREAM, 0);

    memset(&action, 0, sizeof action);
    action.sa_handler = tick;
    sigaction(SIGALRM, &action, NULL);
    if (mlockall(MCL_CURRENT | MCL_FUTURE) < 0)
        perror("mlockall");
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 256 << 10);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    here.sin_port = htons(29512);
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(door, (struct sockaddr *)&here, sizeof here) < 0 || listen(door, 300) < 0) {
        perror("locked_memory");
        return 1;
    }
    setitimer(ITIMER_REAL, &often, NULL);
    for (;;) {
        pthread_t thread;
        int fd = accept(door, NULL, NULL);

        if (fd < 0) {
            if (errno != EINTR)
                usleep(20000);
            continue;
        }
        if (pthread_create(&thread, &attr, serve, (void *)(intptr_t)fd) != 0)
            close(fd);
    }
}
