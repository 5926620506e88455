"""Listens and never accepts.

Profile: sequential
"""

import os
import socket
import time

with socket.create_server((os.environ["HOST"], int(os.environ["PORT"]))) as listener:
    while listener:
        time.sleep(60)
