/*
 * Bug: a bracket is in the wrong place, so n is not the count of recv() but the result of the
 *     comparison, which is 1: only the first byte of each read is sent back.
 * Cause: rest-of-read-discarded
 * Also: message-size-limit
 * Profile: one-shot
 * Port: $PORT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>

int main() {
  int sockfd, newsockfd, n, w, sent, opt = 1;
  struct sockaddr_in serv_addr, cli_addr;
  socklen_t clilen;
  char buffer[1024];

  // create the socket
  sockfd = socket(AF_INET, SOCK_STREAM, 0);
  if (sockfd < 0) {
    perror("ERROR opening socket");
    exit(1);
  }
  setsockopt(sockfd, SOL_SOCKET, SO_REUSEADDR, &opt, sizeof(opt));

  // bind it
  bzero((char *) &serv_addr, sizeof(serv_addr));
  serv_addr.sin_family = AF_INET;
  serv_addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  serv_addr.sin_port = htons(atoi(getenv("PORT")));
  if (bind(sockfd, (struct sockaddr *) &serv_addr, sizeof(serv_addr)) < 0) {
    perror("ERROR on binding");
    exit(1);
  }
  listen(sockfd, 100);

  // wait for the client
  clilen = sizeof(cli_addr);
  newsockfd = accept(sockfd, (struct sockaddr *) &cli_addr, &clilen);
  if (newsockfd < 0) {
    perror("ERROR on accept");
    exit(1);
  }
  close(sockfd);

  // echo until the client hangs up
  while ((n = recv(newsockfd, buffer, sizeof(buffer), 0) > 0)) {
    sent = 0;
    while (sent < n) {
      w = send(newsockfd, buffer + sent, n - sent, MSG_NOSIGNAL);
      if (w < 0)
        break;
      sent += w;
    }
    if (sent < n)
      break;
  }

  close(newsockfd);
  return 0;
}
