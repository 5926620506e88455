"""All is read until the end, and only then answered.

Clause: chunking/prompt
Trigger: a client that waits for its answer
Profile: concurrent
Grade: obvious
Cause: waits-for-end
"""

import sys

sys.stdout.buffer.write(sys.stdin.buffer.read())
