"""Bug: read(1024) of a buffered file waits until all 1,024 bytes are there
Cause: waits-for-full-buffer
Also: fixed-message-size
Profile: concurrent
Launch: inetd
Port: none
"""

import sys

source = sys.stdin.buffer
sink = sys.stdout.buffer
while block := source.read(1024):
    sink.write(block)
    sink.flush()
