"""``echo-harness help TOPIC``: what is too long for --help; ``completion``; ``--version``."""

from __future__ import annotations

import click

EXIT_CODES = """\
0    conforming
1    not conforming
2    usage or configuration error
3    the target could not be tested (it did not start, never listened,
     a stranger has the port, not reachable)
4    undecided: nothing ran, or a must is inconclusive, flaky or did not run,
     and none failed
69   the scheduler or the workers of a cluster are not there, or went away
     (the report of what ran is still written)
70   a fault of the harness
130  interrupted (the report of what ran is still written)
"""

TOPICS = {
    "exit-codes": EXIT_CODES,
    "profiles": """\
A profile is what a server promises.

one-shot     serves one connection, then exits with status 0
sequential   serves one connection after another
concurrent   serves many at once

--profile auto (the default) detects it: two clients come at once; which are
served, and does the process live on? The profile is in the headline of every
report. A profile that is pinned is a promise: a server that is pinned as
concurrent and serves one client at a time fails.
""",
    "port": """\
How the server's port is found, in this order:

--port N              the server has a hard-coded port
{host} and {port}     placeholders in the command: a free port is put in
otherwise             the harness watches on which port the server's processes
                      listen; nothing needs to be configured

HOST and PORT are in the server's environment as well. The harness never
connects to find out, so a server for one connection is not used up. A stranger
on the port is named, and never tested.
""",
    "levers": """\
What is done to an unmodified server to make rare schedules happen on purpose:

pause         SIGSTOP to all its processes, write, SIGCONT: reads are exact,
              many writes arrive as one, data and the end arrive together
interrupt     pause and continue while it is blocked in send(): a short count
back-pressure the client stops reading until the server's send() stalls
famine        RLIMIT_NOFILE is lowered: accept() fails with EMFILE
vanish        the client resets the connection at a bad moment
measure       CPU, memory, descriptors, threads and zombies, before and after

With --connect the server is somebody else's. It is measured where the system
says which process listens (on loopback; a process of the same user, or any for
root), and nothing else is done to it. The checks that need more are skipped and
say so.
""",
    "levels": """\
must    a server that breaks it does not conform; one that is inconclusive or
        flaky, or did not run, leaves the run undecided
should  a warning; with --strict it counts like a must
may     for information

They are meant as in RFC 2119; they are this project's own derivation, and
docs/contract.md gives the basis of each clause.
""",
    "config": """\
Targets get names in pyproject.toml or in echo-harness.toml, which is looked
for from the working directory upwards:

[tool.echo-harness]                  # in echo-harness.toml without this prefix
patience = 5

[tool.echo-harness.targets.mine]
command = "python server.py"
profile = "sequential"
skip = ["resources"]

[tool.echo-harness.targets.mine.expected-failures]
"resilience/urgent-data" = "issue 12"

echo-harness check mine      judges it; --all judges each target
echo-harness config mine     shows every setting and where it comes from

The command line beats the target's table, which beats the common one. A
relative folder starts at the folder of the file. An expected failure does not
count; a check that passes although its failure is expected counts as failed.
""",
    "reports": """\
--report FORMAT=FILE, as often as you like. FILE may be -, standard output; then
nothing else is printed there.

json      everything; 'echo-harness report' makes the other formats from it
junit     JUnit XML, for CI systems
html      one self-contained page; with html=FOLDER/ a page for each target
markdown  a summary for a pull request or a step summary
github    workflow commands: annotations and a folded log
badge     a shields.io endpoint
csv       a table with a line for each target, for spreadsheets
ctrf      Common Test Report Format, JSON for dashboards
tap       Test Anything Protocol, version 14
gradescope results.json of an autograder on Gradescope

FILE may be a device, or a pipe with a reader. If a report cannot be written,
one line says so, and the exit code still follows the verdict. A command that
judges nothing (list, explain, config, ...) ends with 2 when it cannot print.
""",
    "environment": """\
NO_COLOR      not empty: no colours
FORCE_COLOR   not empty: colours although it is no terminal
COLUMNS       the width, where there is no terminal to ask (from 40 to 400)

The server gets HOST and PORT, and PYTHONUNBUFFERED=1 unless it is set.
""",
}


@click.command("help")
@click.argument("topic", required=False, type=click.Choice(sorted(TOPICS)), metavar="[TOPIC]")
def help_topic(topic: str | None) -> None:
    """Explain a topic: exit-codes, profiles, port, levers, levels, config, reports, environment."""
    if topic is None:
        click.echo("Topics: " + ", ".join(TOPICS) + "\n\n'echo-harness help TOPIC' explains one.")
        return
    click.echo(TOPICS[topic], nl=False)


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script for a shell.

    \b
    bash  eval "$(echo-harness completion bash)"          in ~/.bashrc
    zsh   eval "$(echo-harness completion zsh)"           in ~/.zshrc
    fish  echo-harness completion fish | source           in config.fish
    """
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found is not None
    script = found(context.find_root().command, {}, "echo-harness", "_ECHO_HARNESS_COMPLETE")
    click.echo(script.source_template % script.source_vars())


def versions() -> str:
    """What matters in a bug report."""
    import platform

    from harness._version import __version__
    from harness.host import environment

    names = ("click", "hypothesis", "msgspec", "psutil", "rich", "pytest", "pytest-timeout")
    found = [f"{name} {number}" for name, number in environment.versions(names).items()]
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return "\n".join(
        [f"echo-harness {__version__}", f"{python}, {platform.platform()}", ", ".join(found)]
    )
