"""What is written to standard output stays in its buffer until that is full, or the end.

Clause: chunking/prompt
Trigger: a message that is smaller than the buffer
Profile: concurrent
Grade: realistic
Cause: not-flushed
"""

import os
import sys

while data := os.read(0, 4096):
    sys.stdout.buffer.write(data)
