"""How many bytes a server reads at a time, as far as that is known of each of them.

Nobody sees from outside where a read has ended, and it often decides which bug it is.  Each bound
stands here once, so that rules which mean the same cannot come to differ.
"""

from __future__ import annotations

SURE_READ = 512
"""Bytes that each server reads at once: hardly a buffer is smaller.  So a message that comes alone
and has no more is one read."""
USUAL_READ = 4096
"""Bytes of a read as many servers make it.  What goes wrong within so many bytes of a place may be
noticed only with the read that has passed it."""
LARGEST_READ = 65536
"""Bytes that few programs read more of at a time.  (Some do, such as asyncio with 256 KiB: it is no
proof.)"""
MORE_THAN_ONE_READ = 2**19
"""Bytes that no program reads at once."""
LEAST_BUFFER = 16
"""Bytes that any buffer for reading holds at least."""
LEAST_USUAL = 64
"""Bytes: a power of two that is smaller is hardly the size of a buffer, and divides many sizes by
chance."""
