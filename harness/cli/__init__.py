"""The command line.  Each command lives in a module of its own; what is heavy is imported late."""

from __future__ import annotations

import sys

import click

from harness._version import __version__
from harness.cli.check import check
from harness.cli.contract import explain, list_checks
from harness.errors import EchoHarnessError

EXIT_CODES = """\b
Exit codes:
  0    conforming
  1    not conforming
  2    usage or configuration error
  3    the target could not be tested (it did not start, never listened,
       a stranger has the port, not reachable)
  4    undecided: nothing ran, or only inconclusive results
  70   a fault of the harness
  130  interrupted (the report of what ran is still written)
"""


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EXIT_CODES,
)
@click.version_option(__version__, "--version", "-V", message="echo-harness %(version)s")
def cli() -> None:
    """Judge whether a TCP echo server keeps the echo contract, and if not, say why.

    \b
    echo-harness check -- python server.py     your server: launched, found, judged
    echo-harness check                         the reference server
    echo-harness explain chunking/prompt       what a check wants
    """


cli.add_command(check)
cli.add_command(list_checks)
cli.add_command(explain)


def main() -> None:
    """Run the command line; errors are one clear line and the documented exit code."""
    try:
        cli.main(prog_name="echo-harness", standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except EchoHarnessError as error:
        click.echo(f"echo-harness: {error}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
