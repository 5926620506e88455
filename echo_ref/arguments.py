"""Reading a command line, for server and client: what is wrong with it is one line."""

from __future__ import annotations

import argparse

TYPE_CHECKING = False  # as in echo_ref.server
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn


class OneLineParser(argparse.ArgumentParser):
    """An argument parser whose errors are one line, and exit status 2."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong; how it is right is in --help."""
        self.exit(2, f"{self.prog}: {message}\n")


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """A reader of arguments that takes whole numbers from `low` to `high`, written in digits."""

    def read(text: str) -> int:
        # int() alone would also take "1_000", " 7 " and the digits of every other script.
        if text.isascii() and text.isdigit() and len(text) < 20 and low <= int(text) <= high:
            return int(text)
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {low} to {high}")

    return read
