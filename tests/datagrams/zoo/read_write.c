/*
 * It answers with write(), and nobody looks at the error: the socket is connected to no client.
 *
 * Clause: datagram/hello
 * Trigger: any datagram
 * Profile: sequential
 * Grade: obvious
 * Cause: send-without-address
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    const char *port = getenv("PORT");
    struct sockaddr_in here = {.sin_family = AF_INET};
    char buffer[65535];
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    here.sin_port = htons((unsigned short)atoi(port ? port : "0"));
    if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof here) < 0)
        return 1;
    for (;;) {
        ssize_t n = read(fd, buffer, sizeof buffer);
        if (n >= 0 && write(fd, buffer, (size_t)n) < 0)
            continue;
    }
}
