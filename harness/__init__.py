"""A conformance and fuzz testing harness for echo servers."""

from harness._version import __version__

__all__ = ["__version__"]
