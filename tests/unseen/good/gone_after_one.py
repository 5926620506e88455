"""
Style: one-shot with makefile() and read1(); says goodbye in its own output and has a warning
    there
Profile: one-shot
Port: $PORT
"""

import os
import socket
import sys
import warnings

with socket.create_server(("127.0.0.1", int(os.environ["PORT"]))) as listener:
    conn, peer = listener.accept()
warnings.warn("this server is deprecated", DeprecationWarning, stacklevel=1)
print("Error count: 0; peer:", peer, file=sys.stderr)
try:
    with conn, conn.makefile("rwb") as stream:
        while data := stream.read1():
            stream.write(data)
            stream.flush()
except (BrokenPipeError, ConnectionResetError):
    print("the client left early", file=sys.stderr)
print("Bye!")
