/* Bug: the length of the address is 0 when recvfrom() is called, so nobody's address is filled in,
 *     and sendto() has nobody to send to; its error is not looked at
 * Cause: send-without-address
 * Also: answers-own-address
 * Profile: sequential
 * Transport: udp
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int main(void)
{
    static char message[65536];
    struct sockaddr_in here;
    int s = socket(AF_INET, SOCK_DGRAM, 0);

    memset(&here, 0, sizeof here);
    here.sin_family = AF_INET;
    here.sin_port = htons((unsigned short)atoi(getenv("PORT")));
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (s < 0 || bind(s, (struct sockaddr *)&here, sizeof here) < 0)
        return 1;
    for (;;) {
        struct sockaddr_in peer = {0};
        socklen_t size = 0;
        ssize_t got = recvfrom(s, message, sizeof message, 0, (struct sockaddr *)&peer, &size);

        if (got < 0)
            continue;
        sendto(s, message, (size_t)got, 0, (struct sockaddr *)&peer, sizeof peer);
    }
}
