"""Cases: a failing plan as a file, whole, so that it can be seen again without a seed.

The schema is published as ``docs/case.schema.json``.  Bytes are base64, sizes are bytes, times are
seconds.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from harness._version import __version__
from harness.errors import UsageProblem
from harness.fuzzer.limits import unfit
from harness.host.written import write_whole
from harness.text import outside
from harness.values.plan import Plan
from harness.values.verdict import Finding, Profile

CASE_VERSION = 1
"""Grows when a field changes its meaning or goes away; new fields do not count."""
TOOL = "echo-harness"
LARGEST_FILE = 64 * 1024 * 1024
"""Bytes.  A case of the longest plan that is ever saved has some two MiB."""
CORPUS = Path(".echo-harness")
"""Where cases are kept unless the user says otherwise; see ``fuzzer.corpus``."""
Number = Annotated[int, Meta(ge=0, le=2**63 - 1)]


class Rate(Struct, frozen=True):
    """How often the plan failed: 7 of 10."""

    failed: Number
    of: Annotated[int, Meta(ge=1, le=2**63 - 1)]

    def __str__(self) -> str:
        return f"{self.failed} of {self.of}"


class BaseCase(Struct, frozen=True, kw_only=True):
    """What a case says, whatever its plan is about."""

    NAMED: ClassVar[str] = "CASE"
    """What the names of its files begin with."""
    tool: Literal["echo-harness"] = "echo-harness"
    kind: str
    schema_version: Annotated[int, Meta(ge=1)] = CASE_VERSION
    version: str = __version__
    """Of the tool that wrote it."""
    profile: Profile
    seed: Number
    """Of the search that found it."""
    found_after: Number = 0
    """Sessions of that search; a client of datagrams is one too."""
    created: str | None = None
    """Date and time, ISO 8601; for people only."""
    findings: tuple[Finding, ...]
    decides: tuple[str, ...] = ()
    """What the failure needs, in words: the features that the smallest plan still has."""
    rate: Rate
    plan: Any

    @property
    def name(self) -> str:
        """The name of its file: the kind of breach, and a digest of the plan."""
        breach = self.findings[0].kind if self.findings else "unknown"
        digest = hashlib.sha256(msgspec.json.encode(self.plan)).hexdigest()
        return f"{self.NAMED}-{breach}-{digest[:10]}.json"


class Case(BaseCase, frozen=True, kw_only=True):
    """A plan that failed, with what it showed."""

    kind: Literal["streams"] = "streams"
    plan: Plan


class _Header(Struct):
    """What every version of a case file begins with."""

    tool: str
    schema_version: int
    kind: str = "streams"
    """Older files of streams do not say it."""


def dumps(case: BaseCase) -> bytes:
    """``case`` as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(case), indent=2) + b"\n"


def save(case: BaseCase, folder: Path) -> Path:
    """Write ``case`` into ``folder`` and return its path.  Raises UsageProblem."""
    path = folder / case.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(path, dumps(case))
    except OSError as error:
        raise UsageProblem(
            f"the case cannot be written to {path}: {error.strerror}.", "Check --corpus."
        ) from error
    return path


def load(path: Path, *, pipes: bool = True) -> Case:
    """Read a case.  Raises UsageProblem, with the place in the file, for anything else.

    ``pipes``: whether ``path`` may be a pipe, which is read to its end.
    """
    return loads(*text_of(path, pipes=pipes))


def text_of(path: Path, *, pipes: bool = True) -> tuple[bytes, str]:
    """What is in the file of a case, and how to call it.  Raises UsageProblem."""
    text = outside.read(path, most=LARGEST_FILE, advice="Give a CASE-*.json file.", pipes=pipes)
    return text, outside.clipped(str(path))


def loads(text: bytes, name: str) -> Case:
    """Read a case from ``text``; ``name`` is for messages.  Raises UsageProblem.

    A plan that cannot be performed, or not within bounds, is refused: see ``fuzzer.limits``.
    """
    return read(text, name, Case, unfit)


CaseT = TypeVar("CaseT", bound=BaseCase)


def read(text: bytes, name: str, sort: type[CaseT], unfit: Callable[[Any], str | None]) -> CaseT:
    """The case in ``text``.  Raises UsageProblem, with the place, for what is none of this sort.

    ``unfit``: what is wrong with a plan.
    """
    version, about = (_default(sort, field) for field in ("schema_version", "kind"))
    if (kind := kind_of(text, name, version)) != about:
        raise UsageProblem(
            f"{name}: this is a case about {outside.shown(kind)}, and not about {about}.",
            "It shows something on a server of that sort only.",
        )
    case = _decoded(text, name, sort)
    if case.rate.failed > case.rate.of:
        raise UsageProblem(f"{name}: at $.rate: it cannot have failed {case.rate}.", _DAMAGED)
    if found := unfit(case.plan):
        raise UsageProblem(f"{name}: at $.plan.{found}.", _DAMAGED)
    return case


def _default(sort: type[BaseCase], name: str) -> Any:
    return next(field.default for field in msgspec.structs.fields(sort) if field.name == name)


def _decoded(text: bytes, name: str, sort: type[CaseT]) -> CaseT:
    try:
        return msgspec.json.decode(text, type=sort)
    except _UNREADABLE as error:
        what, _, where = outside.clipped(str(error)).partition(" - at ")
        place = where.strip("`") or "$"
        raise UsageProblem(f"{name}: at {place}: {what}.", _DAMAGED) from error


_DAMAGED = "The file was damaged or edited; run the fuzzer again, or restore the file."
_UNREADABLE = (msgspec.DecodeError, RecursionError)
"""What msgspec raises for a file that is no case, or nested too deeply to be one."""


def kind_of(text: bytes, name: str, newest: int) -> str:
    """What the case in ``text`` is about: ``streams`` or ``datagrams``.

    ``newest``: the version that can be read.  Raises UsageProblem for what is no case.
    """
    if wrong := outside.not_utf8(text):
        raise UsageProblem(f"{name}: {wrong}.", _DAMAGED)
    try:
        header = msgspec.json.decode(text, type=_Header)
    except msgspec.ValidationError as error:
        what = outside.clipped(str(error))
        raise UsageProblem(
            f"{name}: this is not a case of {TOOL} ({what}).", "Give a CASE-*.json file."
        ) from error
    except _UNREADABLE as error:
        raise UsageProblem(f"{name}: {_place_of(text, str(error))}.", _DAMAGED) from error
    if header.tool != TOOL:
        raise UsageProblem(
            f"{name}: at $.tool: {outside.shown(header.tool)} is not {TOOL!r}.",
            "Give a CASE-*.json file.",
        )
    if header.schema_version > newest:
        raise UsageProblem(
            f"{name}: at $.schema_version: version {outside.shown(header.schema_version)} is newer "
            f"than {newest}, which this {TOOL} {__version__} reads.",
            f"Update {TOOL}.",
        )
    return header.kind


def _place_of(text: bytes, message: str) -> str:
    """msgspec's message, with line and column instead of its byte."""
    if found := re.search(r" \(byte (\d+)\)", message):
        return f"{outside.place_of(int(found[1]), text)}: {message.replace(found[0], '')}"
    return f"line {text.count(bytes([10])) + 1}: {outside.clipped(message)}"


def corpus(folder: Path) -> Iterator[Path]:
    """The case files of ``folder``, sorted by name."""
    yield from sorted(folder.glob("CASE-*.json"))


def schema() -> bytes:
    """The JSON schema of a case file."""
    return schema_of(Case, f"A case of {TOOL}, version {CASE_VERSION}")


def schema_of(sort: type[BaseCase], title: str) -> bytes:
    """The JSON schema of the files of one sort."""
    found = msgspec.json.schema(sort)
    found["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    found["title"] = title
    return msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n"
