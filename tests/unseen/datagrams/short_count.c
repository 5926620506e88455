/* Bug: the length is kept in a signed short, so one of 32,768 or more becomes negative, and the
 *     datagram is taken for a failed read
 * Cause: counter-wraps
 * Also: message-size-limit
 * Profile: sequential
 * Transport: udp
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

int main(void)
{
    static char packet[0x10000];
    struct sockaddr_in me = {0}, you;
    socklen_t yours;
    short length;
    int sd = socket(AF_INET, SOCK_DGRAM, 0);

    me.sin_family = AF_INET;
    me.sin_port = htons((unsigned short)atoi(getenv("PORT")));
    inet_pton(AF_INET, "127.0.0.1", &me.sin_addr);
    if (bind(sd, (struct sockaddr *)&me, sizeof me) == -1) {
        perror("bind");
        return 1;
    }
    for (;;) {
        yours = sizeof you;
        length = (short)recvfrom(sd, packet, sizeof packet, 0, (struct sockaddr *)&you, &yours);
        if (length < 0)
            continue;
        sendto(sd, packet, (size_t)length, 0, (struct sockaddr *)&you, yours);
    }
}
