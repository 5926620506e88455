// Bug: the poll() loop sends on blocking sockets until all is sent, so one client that does not
//     read stops the service of all
// Cause: blocked-by-stalled-reader
// Profile: concurrent
// Port: $PORT

#include <iostream>
#include <vector>
#include <map>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <unistd.h>
#include <poll.h>
#include <sys/socket.h>
#include <netinet/in.h>

using namespace std;

#define MAXLINE 4096

struct ClientInfo {
    int number;
    unsigned long bytes = 0;
};

// write exactly n bytes (see Stevens, UNP)
bool writen(int fd, const char *ptr, size_t n) {
    size_t left = n;
    while (left > 0) {
        ssize_t written = write(fd, ptr, left);
        if (written < 0) {
            if (errno == EINTR) continue;
            return false;
        }
        left -= written;
        ptr += written;
    }
    return true;
}

int main() {
    signal(SIGPIPE, SIG_IGN);
    const char *env = getenv("PORT");
    int port = env ? atoi(env) : 9877;

    int listenfd = socket(AF_INET, SOCK_STREAM, 0);
    int on = 1;
    setsockopt(listenfd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    struct sockaddr_in servaddr;
    memset(&servaddr, 0, sizeof(servaddr));
    servaddr.sin_family = AF_INET;
    servaddr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    servaddr.sin_port = htons(port);
    if (bind(listenfd, (struct sockaddr *) &servaddr, sizeof(servaddr)) < 0) {
        cerr << "bind error: " << strerror(errno) << endl;
        return 1;
    }
    if (listen(listenfd, 1024) < 0) {
        cerr << "listen error: " << strerror(errno) << endl;
        return 1;
    }

    map<int, ClientInfo> clients;
    int counter = 0;
    char buf[MAXLINE];

    for (;;) {
        vector<pollfd> fds;
        fds.push_back({listenfd, POLLIN, 0});
        for (auto &entry : clients)
            fds.push_back({entry.first, POLLIN, 0});

        int nready = poll(fds.data(), fds.size(), -1);
        if (nready < 0) {
            if (errno == EINTR) continue;
            cerr << "poll error: " << strerror(errno) << endl;
            return 1;
        }

        for (size_t i = 1; i < fds.size(); i++) {
            if (fds[i].revents == 0) continue;
            int fd = fds[i].fd;
            ssize_t n = read(fd, buf, MAXLINE);
            if (n < 0 && errno == EINTR) continue;
            if (n > 0 && writen(fd, buf, n)) {
                clients[fd].bytes += n;
                continue;
            }
            cout << "client " << clients[fd].number << " left, " << clients[fd].bytes
                 << " bytes" << endl;
            clients.erase(fd);
            close(fd);
        }

        if (fds[0].revents & POLLIN) {      // new client connection
            int connfd = accept(listenfd, NULL, NULL);
            if (connfd < 0) {
                if (errno == EMFILE) usleep(10000);
                continue;
            }
            clients[connfd].number = ++counter;
        }
    }
}
