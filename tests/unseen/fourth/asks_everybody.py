"""
Bug: the loop asks the listener and every client in turn whether there is something, without ever
    waiting, and uses a whole processor while nothing happens.
Cause: spins-idle
Also: spins-at-accept
Caught by: resources/idle-cpu
Profile: concurrent
Port: 29015
"""

import socket

PORT = 29015


class Player:
    def __init__(self, sock):
        sock.setblocking(False)
        self.sock = sock
        self.answer = b""
        self.here = True

    def turn(self):
        try:
            if not self.answer:
                self.answer = self.sock.recv(2048)
                self.here = bool(self.answer)
            if self.answer:
                sent = self.sock.send(self.answer)
                self.answer = self.answer[sent:]
        except BlockingIOError:
            pass
        except OSError:
            self.here = False
        if not self.here:
            self.sock.close()


server = socket.create_server(("127.0.0.1", PORT), backlog=60)
server.setblocking(False)
players = []

while True:  # the main loop, as in every game
    try:
        players.append(Player(server.accept()[0]))
    except OSError:
        pass
    for player in players:
        player.turn()
    players = [player for player in players if player.here]
