"""Reports of runs that never took place: one for each way in which a run can end."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import msgspec

from harness.report.comparison import compared
from harness.values.events import (
    CheckFinished,
    CheckStarted,
    Event,
    Notice,
    RunFinished,
    RunStarted,
    TargetReady,
)
from harness.values.report import (
    SCHEMA_VERSION,
    UNEXPLAINED,
    Cause,
    Environment,
    FuzzStats,
    Problem,
    Report,
    TargetInfo,
    ToolInfo,
    count,
)
from harness.values.verdict import (
    EXIT_CODE,
    Breach,
    Diagnosis,
    Finding,
    Kind,
    Level,
    Profile,
    Result,
    Status,
    TimelineEntry,
    Verdict,
    conclude,
)

COMMAND = "python server.py"
TOOL = ToolInfo("echo-harness", "0.1.0", 0, f"echo-harness check --seed 0 -- {COMMAND}")
TARGET = TargetInfo(COMMAND, "tcp://127.0.0.1:20007", Profile.SEQUENTIAL, "detected", 0.084)
ENVIRONMENT = Environment(
    started=datetime(2026, 1, 31, 9, 30, tzinfo=UTC),
    host="workbench",
    system="Linux",
    kernel="6.8.0-31-generic",
    machine="x86_64",
    python="CPython 3.13.1",
    cpus=2,
    libraries={"hypothesis": "6.150.0", "msgspec": "0.20.0", "psutil": "7.2.0"},
)

GROUPS = {
    "launch": ("listens", "stays-up", "restarts", "loopback-only"),
    "identity": ("one-byte", "hello", "every-byte-value", "nul-bytes", "newlines", "invalid-utf8"),
    "chunking": ("read-boundary", "exact-read-then-end", "byte-by-byte", "prompt", "uneven"),
    "shutdown": ("at-once", "after-echo", "flushes-everything", "orderly", "no-spin"),
    "sessions": ("one-after-another", "no-leftovers"),
    "fuzz": ("plans",),
}
CONCURRENT_ONLY = ("sessions/simultaneous", "sessions/no-crosstalk", "sessions/churn")


def result(id: str, status: Status = Status.PASSED, summary: str = "", **fields: object) -> Result:
    """A result with something believable in every field."""
    should = id in ("launch/restarts", "resources/descriptors")
    values: dict[str, object] = {
        "level": Level.SHOULD if should else Level.MUST,
        "duration_s": 0.03125,
        "requirement": f"What {id.replace('/', ' ').replace('-', ' ')} is about holds.",
        "basis": "862",
        "repeat": f"echo-harness check --only {id} --seed 0 -- {COMMAND}",
        **fields,
    }
    return Result(id=id, status=status, summary=summary, **values)  # type: ignore[arg-type]


def passes(*, but: tuple[Result, ...] = (), skip_concurrent: bool = True) -> list[Result]:
    """A pass for every check, except for those in ``but``."""
    others = {r.id: r for r in but}
    ids = [f"{group}/{name}" for group, names in GROUPS.items() for name in names]
    found = [others.pop(id) if id in others else result(id) for id in ids]
    if skip_concurrent:
        reason = "the profile is sequential"
        found += [result(id, Status.SKIPPED, reason) for id in CONCURRENT_ONLY if id not in others]
    return [*found, *others.values()]


def report(results: list[Result], **fields: object) -> Report:
    """The report that these results add up to."""
    strict = bool(fields.get("strict", False))
    left = fields.get("not_run", ())
    assert isinstance(left, tuple)
    verdict = fields.pop("verdict", None) or conclude(results, strict=strict, not_run=left)
    assert isinstance(verdict, Verdict)
    values: dict[str, object] = {
        "schema_version": SCHEMA_VERSION,
        "tool": TOOL,
        "target": TARGET,
        "verdict": verdict,
        "exit_code": EXIT_CODE[verdict],
        "counts": count(results),
        "duration_s": 2.41,
        "checks": tuple(results),
        "environment": ENVIRONMENT,
        **fields,
    }
    return Report(**values)  # type: ignore[arg-type]


def times(*lines: tuple[float, int, str]) -> tuple[TimelineEntry, ...]:
    return tuple(TimelineEntry(*line) for line in lines)


LOST_NEWLINE = result(
    "identity/newlines",
    Status.FAILED,
    "1 byte at offset 4 is missing, the stream goes on after it",
    requirement="CR, LF and CRLF come back untouched, and so does their absence.",
    diagnosis=Diagnosis(
        "line ends are stripped before the data is sent back",
        "look for strip(), rstrip(), splitlines() or readline(); send back what recv returned, "
        "untouched: an echo server knows no lines",
        "certain",
    ),
    findings=(
        Finding(
            kind=Kind.LOST,
            breach=Breach.SAFETY,
            message="1 byte at offset 4 is missing, the stream goes on after it",
            session=0,
            offset=4,
            length=1,
            expected=b"line\nline\r\nline\r\n\r\na\nb\rc\r\nd\n\n\r\r".hex(),
            got=b"linelinelineabcdnone".hex(),
            window_start=0,
            ending="fin",
            sent=37,
            received=20,
        ),
    ),
    timeline=times(
        (0.0, 0, "connected"),
        (0.0004, 0, "sent 37 bytes"),
        (0.0011, 0, "received 20 bytes"),
        (0.0507, 0, "half-closed: no more data will be sent"),
        (0.0512, 0, "the target ended the connection (FIN)"),
    ),
    output="listening on 20007\nclient 127.0.0.1:40112 connected\n",
)


def _stripped(id: str, offset: int) -> Result:
    finding = Finding(Kind.LOST, Breach.SAFETY, f"1 byte at offset {offset} is missing", 0, offset)
    return result(
        id,
        Status.FAILED,
        f"1 byte at offset {offset} is missing, the stream goes on after it",
        diagnosis=LOST_NEWLINE.diagnosis,
        findings=(finding,),
    )


_BYTES = random.Random(7).randbytes(4096)

DIED = result(
    "resilience/reset-mid-echo",
    Status.FAILED,
    "the target ended (exit status 1) although nobody asked it to",
    requirement="A client that vanishes with a reset does not take the server with it.",
    basis="P",
    diagnosis=Diagnosis(
        "a reset by a client is not caught and ends the whole server",
        "catch ConnectionResetError around recv and sendall, close that connection and go on",
        "certain",
    ),
    findings=(
        Finding(
            Kind.DIED,
            Breach.SAFETY,
            "the target ended (exit status 1) although nobody asked it to",
            session=0,
            ending="died",
        ),
    ),
    timeline=times(
        *((0.0001 * i, 0, f"sent {1024 * i} bytes") for i in range(1, 30)),
        (0.0041, 0, "reset by this client (RST)"),
        (0.0317, 0, "the target ended: exit status 1"),
    ),
    output=(
        "Traceback (most recent call last):\n"
        '  File "server.py", line 14, in <module>\n'
        "    data = connection.recv(1024)\n"
        "ConnectionResetError: [Errno 104] Connection reset by peer\n"
    ),
)

FUZZED = result(
    "fuzz/plans",
    Status.FAILED,
    "1,024 bytes at offset 1,024 are missing, the stream goes on after them",
    requirement="No plan of up to four sessions makes the target lose, change or add a byte.",
    basis="862/L",
    diagnosis=Diagnosis(
        "send() takes only a part of the data and its return value is ignored",
        "use sendall(), or go on from where send() stopped",
        "likely",
    ),
    findings=(
        Finding(
            Kind.LOST,
            Breach.SAFETY,
            "1,024 bytes at offset 1,024 are missing, the stream goes on after them",
            session=1,
            offset=1024,
            length=1024,
            expected=_BYTES[1016:1048].hex(),
            got=(_BYTES[1016:1024] + _BYTES[2048:2072]).hex(),
            window_start=1016,
            ending="open",
            sent=8_388_608,
            received=7_340_032,
        ),
    ),
    timeline=times(
        (0.0, 0, "connected"),
        (0.0002, 1, "connected"),
        (0.5, 1, "the target stalled with 7,340,032 bytes on their way"),
        (0.51, 1, "paused and resumed the target 3 times"),
    ),
    case="corpus/2f9c1a.json",
    repeat=f"echo-harness replay corpus/2f9c1a.json -- {COMMAND}",
)

FUZZ = FuzzStats(seed=0, sessions=200, plans=61, bytes=3_400_000, duration_s=0.412)

LEFT = tuple(f"{group}/{name}" for group, names in list(GROUPS.items())[2:] for name in names)
"""What a run that ends early has not come to."""
LATE = "the run had taken its time, a minute at the default patience"

STRIPS = Cause(
    id="line-ends-dropped",
    bug="line ends are cut off before the data is sent back",
    hint="Remove rstrip() and splitlines(): send back what recv() returned.",
    confidence="certain",
    explains=("identity/newlines", "chunking/uneven", "chunking/byte-by-byte"),
    experiments=("Of the 256 byte values, sent alone, 0x0A and 0x0D get no answer.",),
    evidence=("Every byte that is missing is a CR or an LF at the end of a message.",),
)
NEVER_CLOSES = Cause(
    id="never-closes",
    bug="the connection is not closed after the client's end",
    hint="Leave the loop when recv() returns b'', and close the connection.",
    confidence="likely",
    explains=("shutdown/at-once", "shutdown/after-echo"),
    evidence=("All bytes came back, and the connection stayed open.",),
)

OPEN = Cause(
    id=UNEXPLAINED,
    bug="unexplained: the target closed the connection after 12 bytes",
    hint="Read the timeline from the first difference on.",
    confidence="possible",
    explains=("sessions/no-leftovers",),
    evidence=("Line 7 of server.py may have to do with it, or not: connection.settimeout(5)",),
)


def explained(cause: Cause, *others: Result) -> tuple[Result, ...]:
    """Failures that are put down to ``cause``: the one that tells most, and plain ones."""
    found = Diagnosis(cause.bug, cause.hint, cause.confidence, cause.id)
    told = {r.id: r for r in others}
    return tuple(
        msgspec.structs.replace(
            told.get(id, result(id, Status.FAILED, f"what {cause.id} does to it was seen")),
            diagnosis=found,
        )
        for id in cause.explains
    )


SAMPLES: dict[str, Report] = {
    "causes": report(
        passes(
            but=(
                *explained(STRIPS, LOST_NEWLINE),
                *explained(NEVER_CLOSES),
                result(
                    "sessions/no-leftovers",
                    Status.FAILED,
                    "the target closed the connection after 12 bytes",
                    diagnosis=Diagnosis(
                        "unexplained: the target closed the connection after 12 bytes",
                        "Read the timeline from the first difference on.",
                        "possible",
                    ),
                ),
            )
        ),
        fuzz=FUZZ,
        causes=(STRIPS, NEVER_CLOSES, OPEN),
    ),
    "conforming": report(passes(), fuzz=FUZZ),
    "lost-newline": report(passes(but=(LOST_NEWLINE,)), fuzz=FUZZ),
    "died": report(passes(but=(DIED,)), fuzz=FUZZ),
    "fuzz": report(passes(but=(FUZZED,)), fuzz=FuzzStats(7, 1234, 400, 52_000_000, 3.2, 1)),
    "many": report(
        passes(
            but=(
                LOST_NEWLINE,
                _stripped("identity/every-byte-value", 10),
                _stripped("chunking/read-boundary", 1023),
                _stripped("chunking/uneven", 77),
                _stripped("chunking/byte-by-byte", 3),
                DIED,
                FUZZED,
                *(
                    result(
                        f"shutdown/{name}",
                        Status.FAILED,
                        "all 40 bytes came back and the client half-closed, but the target did "
                        "not end the connection within 3.0 s without any progress",
                        basis="L/793",
                    )
                    for name in ("at-once", "after-echo", "flushes-everything", "no-spin")
                ),
            )
        ),
        fuzz=FUZZ,
    ),
    "mixed": report(
        passes(
            but=(
                result(
                    "launch/restarts",
                    Status.FAILED,
                    "the new instance did not listen: address already in use",
                    requirement="It can be launched again on the same port right away.",
                    basis="P",
                    diagnosis=Diagnosis(
                        "SO_REUSEADDR is not set",
                        "call setsockopt(SOL_SOCKET, SO_REUSEADDR, 1) before bind()",
                        "certain",
                    ),
                ),
                result(
                    "launch/loopback-only",
                    Status.FAILED,
                    "it listens on 0.0.0.0: every machine of the network can reach it",
                    level=Level.MAY,
                ),
                result(
                    "chunking/prompt",
                    Status.FLAKY,
                    "no answer within 3.0 s at first, then passed with 6.0 s",
                ),
                result(
                    "sessions/no-leftovers",
                    Status.INCONCLUSIVE,
                    "the machine ran out of ports",
                ),
            )
        ),
        fuzz=FUZZ,
        notices=("the target is slow to accept: 210 ms a connection",),
    ),
    "untestable": report(
        [],
        verdict=Verdict.UNTESTABLE,
        target=TargetInfo("python sever.py", None, None, None, None),
        duration_s=0.13,
        problem=Problem(
            whose="target",
            step="launch",
            message="The target ended with exit status 2 before it listened on any port. "
            "Its last output:\n"
            "python: can't open file 'sever.py': [Errno 2] No such file or directory",
            advice="Check the command after '--'; it is run without a shell, in this folder.",
        ),
    ),
    "expected": report(
        passes(
            but=(
                msgspec.structs.replace(LOST_NEWLINE, expected="issue 12"),
                msgspec.structs.replace(
                    result(
                        "chunking/uneven",
                        Status.FAILED,
                        "it passed, although it is expected to fail (issue 9); if the bug is gone, "
                        "remove the expectation",
                    ),
                    surprising=True,
                ),
            )
        )
    ),
    "interrupted": report(
        passes()[:7],
        interrupted=True,
        exit_code=130,
        duration_s=0.8,
        not_run=LEFT,
        stopped="interrupted",
    ),
    "stopped": report(
        [*passes()[:4], LOST_NEWLINE],
        duration_s=0.8,
        not_run=LEFT,
        stopped="first failure",
    ),
    "not-judged": report(
        [
            *passes(skip_concurrent=False)[:9],
            *(result(f"chunking/{name}", Status.INCONCLUSIVE, LATE) for name in GROUPS["chunking"]),
            *(
                result(f"shutdown/{name}", Status.INCONCLUSIVE, f"{n} bytes had come back")
                for n, name in enumerate(GROUPS["shutdown"])
            ),
            result("resources/descriptors", Status.INCONCLUSIVE, "the system does not allow it"),
            result("fuzz/plans", Status.FLAKY, "1 plan hung once and passed when tried again"),
        ],
        duration_s=56.1,
    ),
    "nothing": report([result(id, Status.SKIPPED, "no reason") for id in CONCURRENT_ONLY]),
}


NASTY = (
    "</script><img src=x onerror=alert(1)> & \"quoted\" 'too'\n"
    "::error title=owned::from the target\n"
    "  ::set-output name=x::y%0A::warning::z\n"
    "see ##[error]old style\n"
    "| a | b |\n"
    "````\n"
    "# heading *bold* [link](http://example.org) @somebody <!-- -->\n"
    "]]> &#0; \x00\x01\x0b\x1b[31mred\x1b[0m\x1b]0;title\x07 \x9b2J\x7f\ufffe \u202eright\n"
    "[bold]markup[/bold] :smile: {{ 7 * 7 }} {% raw %} lone \ud800 surrogate"
)
"""Text that would break every output that does not escape it."""

HOSTILE = report(
    [
        result(
            "fuzz/plans",
            Status.FAILED,
            NASTY,
            requirement=NASTY,
            diagnosis=Diagnosis(NASTY, NASTY, NASTY),
            findings=(Finding(Kind.EXTRA, Breach.SAFETY, NASTY, expected="00", got="1b5b33316d"),),
            timeline=times((0.0, 0, NASTY)),
            output=NASTY,
            case=NASTY,
            repeat=NASTY,
        ),
        result("launch/restarts", Status.FAILED, NASTY),
        result("identity/hello", Status.FLAKY, NASTY),
        result("sessions/churn", Status.SKIPPED, NASTY),
        result("sessions/queue", Status.FAILED, NASTY, expected=NASTY),
    ],
    target=TargetInfo(NASTY, NASTY, None, NASTY, None, NASTY),
    tool=ToolInfo("echo-harness", NASTY, 0, NASTY),
    notices=(NASTY,),
    problem=Problem(NASTY, NASTY, NASTY, NASTY),
    environment=Environment(
        ENVIRONMENT.started, NASTY, NASTY, NASTY, NASTY, NASTY, 1, {NASTY: NASTY}
    ),
)
"""Every field that may hold text from outside holds ``NASTY``."""

COMPARISON = compared(
    {
        "good": SAMPLES["conforming"],
        "bad": SAMPLES["lost-newline"],
        "absent": SAMPLES["untestable"],
    },
    command="echo-harness compare servers.toml",
)
CUT_SHORT = compared(
    {"good": SAMPLES["conforming"], "late": SAMPLES["interrupted"]},
    command="echo-harness check --all",
    not_run=("never",),
)


def events(whole: Report) -> list[Event]:
    """A run that ends with ``whole``."""
    total = len(whole.checks)
    found: list[Event] = [RunStarted(whole.target.command or "", 0, total, whole.tool.version)]
    if whole.problem is None:
        found.append(TargetReady(whole.target))
    found += [Notice(text) for text in whole.notices]
    for i, check in enumerate(whole.checks):
        found += [CheckStarted(check.id, check.level, i + 1, total), CheckFinished(check)]
    return [*found, RunFinished(whole)]
