// Bug: the reply is made as a std::string from a char array, so it ends at the first zero byte,
//     and the rest of that read is lost
// Cause: cut-at-nul
// Profile: concurrent
// Port: $PORT

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>
#include <system_error>
#include <thread>

const int BUFFER_SIZE = 2048;

bool sendAll(int sock, const std::string& message) {
    size_t sent = 0;
    while (sent < message.length()) {
        ssize_t n = send(sock, message.c_str() + sent, message.length() - sent, 0);
        if (n < 0) {
            if (errno == EINTR) continue;
            return false;
        }
        sent += n;
    }
    return true;
}

void handleClient(int clientSocket) {
    char buffer[BUFFER_SIZE + 1];
    while (true) {
        // Receive data from the client
        ssize_t bytesReceived = recv(clientSocket, buffer, BUFFER_SIZE, 0);
        if (bytesReceived < 0 && errno == EINTR) continue;
        if (bytesReceived <= 0) break;
        buffer[bytesReceived] = '\0';

        // Echo the message back to the client
        std::string message(buffer);
        if (!sendAll(clientSocket, message)) break;
    }
    close(clientSocket);
}

int main() {
    signal(SIGPIPE, SIG_IGN);
    const char* portText = std::getenv("PORT");
    int port = portText ? std::atoi(portText) : 8080;

    // Create socket
    int serverSocket = socket(AF_INET, SOCK_STREAM, 0);
    if (serverSocket == -1) {
        std::cerr << "Failed to create socket" << std::endl;
        return 1;
    }
    int opt = 1;
    setsockopt(serverSocket, SOL_SOCKET, SO_REUSEADDR, &opt, sizeof(opt));

    // Bind socket
    sockaddr_in serverAddr;
    std::memset(&serverAddr, 0, sizeof(serverAddr));
    serverAddr.sin_family = AF_INET;
    inet_pton(AF_INET, "127.0.0.1", &serverAddr.sin_addr);
    serverAddr.sin_port = htons(port);
    if (bind(serverSocket, (struct sockaddr*)&serverAddr, sizeof(serverAddr)) == -1) {
        std::cerr << "Failed to bind to port " << port << std::endl;
        return 1;
    }

    // Listen
    if (listen(serverSocket, SOMAXCONN) == -1) {
        std::cerr << "Failed to listen" << std::endl;
        return 1;
    }
    std::cout << "Server listening on port " << port << std::endl;

    while (true) {
        int clientSocket = accept(serverSocket, nullptr, nullptr);
        if (clientSocket == -1) {
            usleep(10000);
            continue;
        }
        try {
            std::thread(handleClient, clientSocket).detach();
        } catch (const std::system_error& e) {
            std::cout << "No thread: " << e.what() << std::endl;
            close(clientSocket);
        }
    }
}
