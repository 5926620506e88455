/*
 * Bug: the port is put into the address without htons(), so the server listens at port 6496
 *     where 24601 is meant (on a little-endian machine).
 * Cause: wrong-interface
 * Profile: sequential
 * Port: 24601
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    struct sockaddr_in sa;
    char buf[2048];
    int s, c, on = 1;

    signal(SIGPIPE, SIG_IGN);
    s = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    memset(&sa, 0, sizeof sa);
    sa.sin_family = AF_INET;
    sa.sin_port = 24601;
    sa.sin_addr.s_addr = inet_addr("127.0.0.1");
    if (bind(s, (struct sockaddr *)&sa, sizeof sa) < 0) {
        perror("bind");
        exit(1);
    }
    listen(s, 8);
    while ((c = accept(s, NULL, NULL)) >= 0) {
        ssize_t n;
        while ((n = read(c, buf, sizeof buf)) > 0) {
            ssize_t done = 0, k;
            while (done < n && (k = write(c, buf + done, n - done)) > 0)
                done += k;
            if (done < n)
                break;
        }
        close(c);
    }
    return 0;
}
