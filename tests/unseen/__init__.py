"""Servers that no rule of the diagnosis was made on: an honest exam of the likely bug it names.

`broken/` has one bug each, `several/` two or three, `good/` none. They are written in many
languages and in other styles than the zoo's. `second/` to `fifth/` have one bug each again,
`sixth/` to `eighth/` one or two, `ninth/` to `fourteenth/` one: each was written when the rules had
been mended by what the set before had shown. `fourth_good/`, `sixth_good/` to
`eighth_good/` and `twelfth_good/` were written with the sets of that name, and have none.
`datagrams/` and `datagrams_good/` are for what the others leave out: UDP, Unix sockets, and what
inetd and systemd launch. Each file begins with a docstring, a block comment or lines of ``#`` or
``//`` with fields of one line each; a line that begins with no field goes on with the one above::

    Bug: what is wrong, and what a user of the server sees
    Cause: an id of harness/diagnosis/catalogue; with several bugs one line each, and behind a comma
        what else that bug may be called. Where no id fits it is none-of-these, and the right
        answer is that nothing explains the failures
    Also: other ids that are a right answer too (optional)
    Beside: ids of other bugs that it has too, and is not there for (optional)
    Caught by: the checks that fail, or "none today" (optional in the later sets)
    Profile: one-shot, sequential or concurrent
    Transport: udp or unix, where it is not TCP (optional)
    Launch: inetd, inetd-wait or socket-activation, where it does not listen itself (optional)
    Port: $PORT, or the number that stands in the source; $SOCKET_PATH with a Unix socket; none
        where it is given a connection or a listener

A good one has `Style:` in place of `Bug:`, `Cause:` and `Caught by:`.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.values.address import LaunchStyle, Transport
from tests.servers import CFLAGS, PROFILES

HERE = Path(__file__).parent
BROKEN = (
    *("broken", "second", "third", "fourth", "fifth"),
    *("sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth"),
    *("thirteenth", "fourteenth"),
    *("several", "datagrams"),
)
GOOD = (
    *("good", "fourth_good", "sixth_good", "seventh_good", "eighth_good", "twelfth_good"),
    "datagrams_good",
)
FOLDERS = (*BROKEN, *GOOD)
NAMELESS = "none-of-these"
"""In place of the id of a bug that the catalogue does not have."""
MISSED = "none today"
PLACES = ("$PORT", "$SOCKET_PATH", "none")
"""Where a server is that has no port of its own: the harness says where."""
REQUIRED = {
    **dict.fromkeys(BROKEN, ("Bug", "Cause", "Profile", "Port")),
    **dict.fromkeys(("broken", "several"), ("Bug", "Cause", "Caught by", "Profile", "Port")),
    **dict.fromkeys(GOOD, ("Style", "Profile", "Port")),
}
OPTIONAL = ("Also", "Beside", "Transport", "Launch")
FIELDS = ("Bug", "Cause", "Caught by", "Style", "Profile", "Port", *OPTIONAL)
INTERPRETERS: Mapping[str, tuple[str, ...]] = {
    ".py": (sys.executable,),
    ".js": ("node",),
    ".mjs": ("node",),
    ".pl": ("perl",),
    ".tcl": ("tclsh",),
    ".sh": ("bash",),
    ".rb": ("ruby",),
    ".php": ("php",),
}
COMPILERS: Mapping[str, tuple[str, ...]] = {
    ".c": ("cc", *CFLAGS),
    ".cpp": ("c++", "-std=c++17", "-O2", "-pthread"),
    ".go": ("go", "build"),
    ".rs": ("rustc", "-O"),
    ".java": ("javac",),
}
NEEDS = {"socat", "ncat", "busybox"}
"""Programs that a shell script may need; it needs those that it mentions."""


@dataclass(frozen=True)
class Unseen:
    """One server. `bugs` has the ids that each bug may be called by. It, `also`, `beside` and
    `caught_by` are empty for a good one; `port` is None where the server has no number of its own.
    `text` is what is wrong with it, or the style of a good one.
    """

    name: str
    path: Path
    folder: str
    text: str
    bugs: tuple[tuple[str, ...], ...]
    also: tuple[str, ...]
    beside: tuple[str, ...]
    caught_by: tuple[str, ...]
    profile: str
    port: int | None
    transport: Transport = Transport.TCP
    launch: LaunchStyle = LaunchStyle.LISTEN

    @property
    def causes(self) -> tuple[str, ...]:
        """What each bug is called first."""
        return tuple(names[0] for names in self.bugs)


def servers(root: Path = HERE) -> list[Unseen]:
    """All of them, by folder and name. Raises ValueError that names the file and the field."""
    return [describe(path) for folder in FOLDERS for path in sorted(_sources(root / folder))]


def describe(path: Path) -> Unseen:
    """Read one file. Raises ValueError that names the file and the field."""
    folder = path.parent.name
    fields = _fields(path, _comment(path, path.read_text(encoding="utf-8")))
    for name in REQUIRED[folder]:
        if not fields[name]:
            raise ValueError(f"{path}: {name}: missing or empty")
    caught = ", ".join(fields["Caught by"])
    return Unseen(
        name=path.stem,
        path=path,
        folder=folder,
        text=" ".join(fields["Bug"] + fields["Style"]),
        bugs=tuple(_ids([line]) for line in fields["Cause"]),
        also=_ids(fields["Also"]),
        beside=_ids(fields["Beside"]),
        caught_by=() if caught in ("", MISSED) else tuple(caught.split(", ")),
        profile=_one_of(path, "Profile", fields["Profile"], PROFILES),
        port=_port(path, fields["Port"]),
        transport=Transport(
            _one_of(path, "Transport", fields["Transport"] or ["tcp"], (*Transport,))
        ),
        launch=LaunchStyle(
            _one_of(path, "Launch", fields["Launch"] or ["listen"], (*LaunchStyle,))
        ),
    )


def _ids(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(", ".join(lines).split(", ")) if lines else ()


def command(server: Unseen, build_dir: Path) -> list[str]:
    """The argv that launches it; what must be compiled is, once. Raises RuntimeError if not."""
    suffix = server.path.suffix
    if suffix in INTERPRETERS:
        return [*INTERPRETERS[suffix], str(server.path)]
    program = str(_compiled(server.path, build_dir))
    return [program] if suffix != ".java" else ["java", "-cp", program, server.path.stem]


def options(server: Unseen) -> list[str]:
    """What `echo-harness check` has to be told: its promise, its port, how it is reached."""
    port = [] if server.port is None else ["--port", str(server.port)]
    transport = [] if server.transport is Transport.TCP else ["--transport", server.transport]
    launch = [] if server.launch is LaunchStyle.LISTEN else ["--launch", server.launch]
    return ["--profile", server.profile, *port, *transport, *launch]


def missing_tools(server: Unseen) -> list[str]:
    """The programs that it needs and that this machine lacks."""
    suffix = server.path.suffix
    needed = {(INTERPRETERS.get(suffix) or COMPILERS[suffix])[0]}
    if suffix == ".sh":
        needed |= NEEDS & set(re.findall(r"\w+", server.path.read_text(encoding="utf-8")))
    return sorted(tool for tool in needed if shutil.which(tool) is None)


def compile_into(path: Path, output: Path, *flags: str) -> None:
    """Compile one file; Java into a folder of classes. Raises RuntimeError if it cannot be."""
    into = "-d" if path.suffix == ".java" else "-o"
    call = [*COMPILERS[path.suffix], *flags, into, str(output), str(path)]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{path}: does not compile:\n{done.stderr}")


def _sources(folder: Path) -> Iterator[Path]:
    known = {*INTERPRETERS, *COMPILERS}
    return (path for path in folder.iterdir() if path.suffix in known)


def _comment(path: Path, text: str) -> str:
    """The first comment, without what makes it one."""
    if path.suffix == ".py":
        return (ast.get_docstring(ast.parse(text, str(path))) or "").strip()
    if path.suffix in (".pl", ".sh", ".tcl", ".rb", ".php") or text.startswith("//"):
        body = text.split("\n", 1)[1] if text.startswith(("#!", "<?")) else text
        lines = re.match(r"(?:(?:#|//).*\n)*", body)
        return re.sub(r"(?m)^(?:#|//)[ \t]?", "", lines[0] if lines else "").strip()
    block = re.match(r"/\*(.*?)\*/", text, re.DOTALL)
    plain = re.sub(r"(?m)^[ \t]*\*[ \t]?", "", block[1]) if block else ""
    return inspect.cleandoc(plain).strip()


def _fields(path: Path, comment: str) -> defaultdict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    name = ""
    for line in comment.splitlines():
        head, colon, rest = line.partition(":")
        if colon and head in FIELDS:
            name = head
            found[name].append(rest.strip())
        elif name:
            found[name][-1] = f"{found[name][-1]} {line.strip()}".strip()
        else:
            raise ValueError(f"{path}: does not begin with a comment of fields: {line!r}")
    return found


def _one_of(path: Path, field: str, values: Sequence[str], allowed: Sequence[str]) -> str:
    if len(values) != 1 or values[0] not in allowed:
        raise ValueError(f"{path}: {field}: {values} is not one of {', '.join(allowed)}")
    return values[0]


def _port(path: Path, values: Sequence[str]) -> int | None:
    if len(values) == 1 and values[0] in PLACES:
        return None
    if len(values) != 1 or not values[0].isdecimal():
        raise ValueError(
            f"{path}: Port: {values} is neither a number nor one of {', '.join(PLACES)}"
        )
    return int(values[0])


def _compiled(path: Path, build_dir: Path) -> Path:
    """The program made from a file; renamed when whole, so that nobody runs half of it."""
    program = build_dir / f"{path.stem}-{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"
    if program.exists():
        return program
    build_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=build_dir) as folder:
        fresh = Path(folder, path.stem)
        compile_into(path, fresh)
        fresh.rename(program)
    return program
