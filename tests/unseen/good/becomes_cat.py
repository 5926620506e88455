"""
Style: there is no loop and no send here, but the program makes the connection its standard input
    and output and becomes `cat`, which copies until the end and exits with 0.
Profile: one-shot
Port: $PORT
"""

import os
import socket

listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
connection, _ = listener.accept()
listener.close()
os.dup2(connection.fileno(), 0)
os.dup2(connection.fileno(), 1)
connection.close()
os.execvp("cat", ["cat"])
