"""One result as plain text: for outputs that show text as it is (JUnit, Markdown, CI logs, pytest).

No line of it is one that a CI system obeys.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.report import hexdump, words
from harness.values.verdict import Result


def details(result: Result) -> str:
    """Everything worth knowing of ``result``, in blocks with a blank line between."""
    return words.defused("\n\n".join(block for block in _blocks(result) if block))


def evidence(result: Result) -> str:
    """Only what was seen: bytes, timeline, the target's output."""
    return words.defused("\n\n".join(block for block in _evidence(result) if block))


def _blocks(result: Result) -> Iterator[str]:
    yield _fields(
        ("required", result.requirement),
        ("basis", f"{result.level}, {words.basis(result.basis)}"),
        *(("" if i else "happened", line) for i, line in enumerate(words.happened_shown(result))),
    )
    yield from _evidence(result)
    repeat = _fields(
        ("likely bug", words.likely_bug(result) or words.no_bug(result)),
        ("what to do", result.diagnosis.hint if result.diagnosis else ""),
        ("case file", result.case or ""),
        ("capture", result.capture or ""),
    )
    command = words.command_line(result.repeat)
    yield "\n".join(filter(None, [repeat, command and f"repeat      {command}"]))


def _evidence(result: Result) -> Iterator[str]:
    for finding in result.findings:
        yield hexdump.text(finding)
    yield _titled("timeline", words.timeline(result))
    yield _titled("last output of the target", words.printable(result.output).rstrip().splitlines())


def _fields(*pairs: tuple[str, str]) -> str:
    return "\n".join(f"{name:<10}  {words.one_line(value)}" for name, value in pairs if value)


def _titled(title: str, lines: list[str]) -> str:
    return "\n".join([title, *(f"  {line}" for line in lines)]) if lines else ""
