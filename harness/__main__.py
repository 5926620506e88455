"""``python -m harness`` is ``echo-harness``."""

from __future__ import annotations


def main() -> None:
    """The console script."""
    from harness import streams

    streams.secure()  # before anything opens a descriptor that stays
    from harness.cli import main as command

    command()


if __name__ == "__main__":
    main()
