"""Commands that were meant for a shell.  None runs the target: its arguments are taken as given.

A shell between the harness and the target would hide the target's end and its signals.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import PurePath
from typing import NamedTuple

OPERATORS = frozenset({"|", "||", "&", "&&", ";", "<", ">", ">>", "2>", "2>&1", "&>", "|&"})
BUILTINS = frozenset(
    {".", "alias", "cd", "eval", "exec", "export", "popd", "pushd", "set", "shopt", "source"}
    | {"ulimit", "umask", "unset"}
)
INTERPRETERS = {
    ".py": "python",
    ".js": "node",
    ".mjs": "node",
    ".rb": "ruby",
    ".pl": "perl",
    ".php": "php",
    ".lua": "lua",
    ".sh": "sh",
    ".go": "go run",
    ".java": "java",
    ".jar": "java -jar",
}
"""What runs a file with this ending."""
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=.*", re.S)
_PLAIN = re.compile(r"[\w@%+=:,./{}-]+")


class Meant(NamedTuple):
    """Why a command cannot be started as it stands, and how to write it."""

    why: str
    advice: str


def meant(command: Sequence[str]) -> Meant | None:
    """What was meant by a command whose program was not found; None when it is no shell's."""
    words = _words(command)
    assigned = 0
    while assigned < len(words) and _ASSIGNMENT.fullmatch(words[assigned]):
        assigned += 1
    options = [f"--env {as_typed([word])}" for word in words[:assigned]]
    rest = words[assigned:]
    if rest[:1] == ["cd"]:
        folder = as_typed(rest[1:2]) or "DIR"
        options.append(f"--cwd {folder}")
        rest = rest[3:] if rest[2:3] in (["&&"], [";"]) else []
        why = "cd is a command of the shell, and no shell runs the target"
        return Meant(why, _form(options, rest))
    if found := operator_in(rest):
        return Meant(f"no shell runs it, so {found!r} means nothing", _by_a_shell(command))
    if assigned:
        why = f"no shell runs it, so {words[0].partition('=')[0]}=... sets no variable"
        return Meant(why, _form(options, rest))
    if rest and rest[0] in BUILTINS:
        why = f"{rest[0]} is a command of the shell, and no shell runs the target"
        return Meant(why, _by_a_shell(command))
    if rest and (rest[0].startswith("~") or "$" in rest[0]):
        return Meant("no shell runs it, so ~ and $NAME are not replaced", _by_a_shell(command))
    if len(command) == 1 and len(rest) > 1:
        return Meant("no shell runs it, so it is taken as one word", _form([], rest))
    return None


def runnable(program: str) -> str:
    """A file as the beginning of a command that can be executed: after what runs it, if its name
    tells, else with the folder that it is in, which only PATH is searched without."""
    if interpreter := INTERPRETERS.get(PurePath(program).suffix.lower()):
        return f"{interpreter} {as_typed([program])}"
    return as_typed([program if "/" in program else f"./{program}"])


def operator_in(words: Sequence[str]) -> str | None:
    """The first of ``words`` that would be an operator of a shell."""
    return next((word for word in words if word in OPERATORS), None)


def operator_advice(command: Sequence[str]) -> str:
    """For a command that was started and did not do as it should; empty when it has no operator."""
    if (found := operator_in(command[1:])) is None:
        return ""
    return f"No shell runs the command: {found!r} is one of its arguments. {_by_a_shell(command)}"


def _words(command: Sequence[str]) -> list[str]:
    """The words of a command; of one in a single word, those that a shell would see."""
    if len(command) != 1:
        return list(command)
    lexer = shlex.shlex(command[0], posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        return list(lexer)
    except ValueError:  # a quote that is not closed
        return command[0].split()


def _form(options: list[str], words: Sequence[str]) -> str:
    return " ".join(["Write it as:", *options, "--", as_typed(words) or "COMMAND"])


def _by_a_shell(command: Sequence[str]) -> str:
    line = command[0] if len(command) == 1 else as_typed(command)
    return f"If a shell is needed: -- sh -c {shlex.quote(line)}"


def as_typed(words: Sequence[str]) -> str:
    """Words as one types them; placeholders need no quotes, and operators must not have any."""
    return " ".join(
        word if _PLAIN.fullmatch(word) or word in OPERATORS else shlex.quote(word) for word in words
    )
