"""
Bug: an empty read is passed over, so the select loop spins at the end of a stream; send() is
    called once and its count forgotten; and a reset of one client ends the server.
Cause: spins-at-end, missing-break, never-closes
Cause: short-send-ignored
Cause: client-error-ends-server, crash-on-reset
Beside: blocked-by-stalled-reader, accept-error-ends, descriptor-famine
Caught by: shutdown/after-echo, resilience/reset-idle, partial-send/interrupted-send
Profile: concurrent
Port: 21105
"""

import select
import socket

server_socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server_socket.bind(("127.0.0.1", 21105))
server_socket.listen(50)
sockets_list = [server_socket]

while True:
    read_sockets, _, _ = select.select(sockets_list, [], [])
    for notified_socket in read_sockets:
        if notified_socket == server_socket:
            client_socket, client_address = server_socket.accept()
            sockets_list.append(client_socket)
            print("Accepted new connection from", client_address)
        else:
            message = notified_socket.recv(65536)
            if message:
                notified_socket.send(message)
