/*
 * Bug: what waits to be sent is kept in a map by descriptor, and is not removed when a client
 *      breaks off: the next client with that number gets it
 * Cause: state-by-descriptor, leftover-of-earlier
 * Profile: concurrent
 * Port: $PORT
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace std;

class EchoServer {
    int listener;
    set<int> clients;
    set<int> finished;          // clients which have sent their last byte
    map<int, string> outbox;    // what each client has still to get

public:
    EchoServer(int port) {
        listener = socket(AF_INET, SOCK_STREAM, 0);
        int yes = 1;
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
        struct sockaddr_in addr;
        memset(&addr, 0, sizeof(addr));
        addr.sin_family = AF_INET;
        addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        addr.sin_port = htons(port);
        if (bind(listener, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
            listen(listener, 511) < 0) {
            perror("cannot listen");
            exit(1);
        }
        fcntl(listener, F_SETFL, O_NONBLOCK);
    }

    void newClient() {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0) {
            if (errno == EMFILE || errno == ENFILE)
                usleep(20000);
            return;
        }
        fcntl(fd, F_SETFL, O_NONBLOCK);
        clients.insert(fd);
    }

    void removeClient(int fd) {
        clients.erase(fd);
        finished.erase(fd);
        close(fd);
    }

    bool temporary() {
        return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    }

    void readFrom(int fd) {
        char buf[32768];
        ssize_t n = recv(fd, buf, sizeof(buf), 0);
        if (n > 0) {
            outbox[fd].append(buf, n);
        } else if (n == 0) {
            finished.insert(fd);
        } else if (!temporary()) {
            removeClient(fd);
            return;
        }
        writeTo(fd);
    }

    void writeTo(int fd) {
        string &waiting = outbox[fd];
        if (!waiting.empty()) {
            ssize_t n = send(fd, waiting.data(), waiting.size(), 0);
            if (n < 0 && !temporary()) {
                removeClient(fd);
                return;
            }
            if (n > 0)
                waiting.erase(0, n);
        }
        if (waiting.empty() && finished.count(fd))
            removeClient(fd);
    }

    void run() {
        while (true) {
            vector<pollfd> fds;
            fds.push_back({listener, POLLIN, 0});
            for (int fd : clients) {
                short events = outbox[fd].empty() ? POLLIN : POLLOUT;
                fds.push_back({fd, events, 0});
            }
            if (poll(fds.data(), fds.size(), -1) < 0)
                continue;
            for (size_t i = 1; i < fds.size(); i++) {
                if (fds[i].revents == 0)
                    continue;
                if (fds[i].events & POLLOUT)
                    writeTo(fds[i].fd);
                else
                    readFrom(fds[i].fd);
            }
            if (fds[0].revents)
                newClient();
        }
    }
};

int main() {
    signal(SIGPIPE, SIG_IGN);
    const char *port = getenv("PORT");
    EchoServer server(port ? atoi(port) : 9999);
    server.run();
    return 0;
}
