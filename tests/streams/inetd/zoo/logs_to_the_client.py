"""A line for the log goes to standard error, which inetd has made the connection as well.

Clause: identity/nothing-extra
Trigger: any client
Profile: concurrent
Grade: realistic
Cause: banner
"""

import os
import sys

print("client is there", file=sys.stderr, flush=True)
while data := os.read(0, 4096):
    while data:
        data = data[os.write(1, data) :]
