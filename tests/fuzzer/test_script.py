"""The stand-alone program: readable, stdlib only, and it agrees with the harness."""

from __future__ import annotations

import ast
import contextlib
import io
import subprocess
import sys
from pathlib import Path
from unittest import mock

import msgspec
import pytest

from harness.fuzzer import Case, Rate, standalone
from harness.fuzzer.scenes import Terms, plan, stall_plan
from harness.fuzzer.script import script_for
from harness.fuzzer.source import Dice
from harness.launcher.fleet import Fleet
from harness.values import plan as p
from harness.values.plan import Literal, Plan, Random, Repeat, Script, Send
from harness.values.verdict import Breach, Finding, Kind, Profile
from tests.fuzzer.targets import REFERENCE, broken, correct, fleet_for

END = (p.HalfClose(), p.AwaitEnd())
FINDING = Finding(kind=Kind.LOST, breach=Breach.SAFETY, message='the bytes "\\xff" are missing')


def case_of(plan: Plan, profile: Profile = Profile.SEQUENTIAL) -> Case:
    return Case(profile=profile, seed=1, findings=(FINDING,), rate=Rate(failed=7, of=10), plan=plan)


def run(case: Case, fleet: Fleet, folder: Path, *, pid: bool = False) -> tuple[int, str]:
    """Run the program of ``case`` against the target of ``fleet``."""
    path = folder / "show.py"
    path.write_text(script_for(case), encoding="utf-8")
    fleet.refresh()
    instance = fleet.current
    assert instance is not None
    host, port = instance.address
    words = [sys.executable, "-I", str(path), host, str(port), "--patience", "1"]
    if pid:
        words += ["--pid", str(instance.pid)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    assert not done.stderr or "usage" in done.stderr, done.stderr
    return done.returncode, done.stdout


EVERYTHING = Plan(
    (
        Script(
            (
                p.Connect(4096),
                Send(Random(1, 300), cuts=(7, 20), gap=0.001, lockstep=0.1),
                p.AwaitEcho(briefly=True),
                p.Meet("a"),
                p.PauseTarget(),
                p.Meet("b"),
                Send(Random(2, 5000), background=True),
                p.HalfClose(background=True),
                p.Meet("c"),
                p.ResumeTarget(),
                p.AwaitEnd(),
            )
        ),
        Script(
            (
                p.Connect(),
                p.Meet("a"),
                p.Meet("b"),
                p.StopReading(),
                Send(Repeat(b"ab", 9001), background=True),
                p.Meet("c"),
                p.ReadSome(100),
                p.StartReading(chunk=50, gap=0.0001, limit=500),
                p.AwaitEcho(),
                p.InterruptTarget(2),
                *END,
            )
        ),
        Script((p.Connect(), Send(Literal(b"\r\n\0'\"")), p.Reset()), after=(0,)),
        Script((p.Connect(), p.Wait(0.01), Send(Literal(b"x")), p.AwaitEcho(), p.Close())),
    )
)


def test_it_is_a_whole_program_of_the_standard_library() -> None:
    tree = ast.parse(script_for(case_of(EVERYTHING)), feature_version=(3, 8))
    names = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    assert names <= sys.stdlib_module_names
    assert not any(isinstance(node, ast.ImportFrom) for node in ast.walk(tree))


def test_each_step_that_is_drawn_is_performed() -> None:
    """But for the exit status, which only a parent sees."""
    terms = [Terms(profile) for profile in Profile]
    drawn = [plan(Dice(f"{i}"), each, 30) for each in terms for i in range(60)]
    drawn += [stall_plan(Dice(f"{i}"), each) for each in terms for i in range(60)]
    kinds = {type(step) for each in drawn for script in each.scripts for step in script.steps}
    lines = {kind: str(kind.__struct_config__.tag).replace("-", "_") for kind in kinds}
    left_out = {kind for kind, name in lines.items() if not hasattr(standalone.Client, name)}
    assert left_out == {p.AwaitExit}


def test_it_says_what_it_shows_and_how_to_run_it() -> None:
    text = script_for(case_of(EVERYTHING))
    assert "7 of 10" in text
    assert "--pid" in ast.get_docstring(ast.parse(text), clean=True)  # type: ignore[operator]
    assert "def client_4(c):" in text
    assert "c.send(random_bytes(1, 300), cuts=(7, 20), gap=0.001, lockstep=0.1)" in text
    assert "def client_5" not in text
    assert all(len(line) <= 100 for line in text.splitlines())


def test_a_plan_with_everything_passes_on_a_correct_server(tmp_path: Path) -> None:
    command, profile = correct("asyncio_streams")
    with fleet_for(command, profile) as fleet:
        assert run(case_of(EVERYTHING, profile), fleet, tmp_path, pid=True) == (
            0,
            "passed: everything came back\n",
        )


def test_without_the_process_it_says_what_is_missing(tmp_path: Path) -> None:
    with fleet_for(REFERENCE, Profile.SEQUENTIAL) as fleet:
        assert run(case_of(EVERYTHING), fleet, tmp_path)[0] == 2


@pytest.mark.parametrize(
    ("name", "plan", "shows"),
    [
        ("fuzz_interrupt_process", p.one(p.Connect(), Send(Literal(b"ab\xff\xf4cd")), *END), "0"),
        ("fuzz_tail_of_zero", p.one(p.Connect(), Send(Random(1, 3072)), *END), "0 of 3,072"),
        ("chunking_waits_for_end", p.one(p.Connect(), Send(Literal(b"a")), p.AwaitEcho()), "stuck"),
        ("shutdown_one_message", p.one(p.Connect(), *[Send(Literal(b"a")), p.AwaitEcho()] * 2), ""),
    ],
)
def test_it_shows_the_bug_and_passes_on_the_reference(
    name: str, plan: Plan, shows: str, tmp_path: Path
) -> None:
    command, profile = broken(name)
    case = case_of(plan, profile)
    with fleet_for(command, profile) as fleet:
        status, output = run(case, fleet, tmp_path)
    assert (status, shows in output) == (1, True), output
    with fleet_for(REFERENCE, Profile.SEQUENTIAL) as fleet:
        assert run(case, fleet, tmp_path)[0] == 0


def test_a_server_that_dies_is_told(tmp_path: Path) -> None:
    command, profile = broken("reset_exits")
    plan = p.in_turn(
        (p.Connect(), Send(Literal(b"a")), p.AwaitEcho(), p.Reset()), (p.Connect(), *END)
    )
    with fleet_for(command, profile) as fleet:
        status, output = run(case_of(plan, profile), fleet, tmp_path)
    assert status == 1, output


NASTY = (
    "",
    '"',
    'a"""',
    "'''\nimport os",
    "ends in a backslash\\",
    "\\N{nothing} \\x \\u12",
    "\r# \nimport os\r\n",
    "\0",
    "\x1b]0;\x07",
    "\x85\u2028\u2029\x0b\x0c",
    "\ud800\udfff",
    "\u202eright to left",
    "%(prog)s %(nothing)s %n %",
    "# {{plan}}\n# {{end}}\n",
    "\\" * 400,
    "é\N{CJK UNIFIED IDEOGRAPH-4E00}" * 300,
)


@pytest.mark.parametrize("text", NASTY, ids=lambda text: ascii(text)[:20])
def test_text_of_a_case_is_data(text: str) -> None:
    """Whatever stands in a case, the program compiles, does the same, and says what it is about."""
    harmless, nasty = (program(case_with(each)) for each in ("x", text))
    assert [ast.dump(node) for node in nasty.body[1:]] == [
        ast.dump(node) for node in harmless.body[1:]
    ]
    shown = ast.get_docstring(nasty)
    assert shown is not None
    assert "Start the server, then run this program" in shown
    namespace = {"__name__": "show", "__doc__": shown}
    exec(compile(nasty, "show.py", "exec"), namespace)
    with (
        mock.patch.object(sys, "argv", ["show.py", "--help"]),
        contextlib.redirect_stdout(io.StringIO()) as out,
        pytest.raises(SystemExit) as done,
    ):
        namespace["main"]()  # type: ignore[operator]
    assert done.value.code == 0
    assert "--patience" in out.getvalue()


def case_with(text: str) -> Case:
    """A case with ``text`` wherever a text may stand, but for the places to meet."""
    plan = p.side_by_side((p.Connect(), p.Measure(text), p.Watch(text, 0.1), *END))
    return msgspec.structs.replace(
        case_of(plan),
        version=text,
        created=text,
        decides=(text,),
        findings=(msgspec.structs.replace(FINDING, message=text, expected=text, ending=text),),
    )


def program(case: Case) -> ast.Module:
    text = script_for(case)
    assert text.encode()  # no surrogates
    assert set(text) & set("\0\r\x0b\x0c\x85\u2028\u2029\u202e\x1b") == set()
    return ast.parse(text, feature_version=(3, 8))


@pytest.mark.parametrize("text", NASTY, ids=lambda text: ascii(text)[:20])
def test_names_of_places_are_data(text: str) -> None:
    """They stand in the program as Python writes them."""
    meeting = p.side_by_side(*[(p.Connect(), p.Meet(text), *END)] * 2)
    tree = program(case_of(meeting, Profile.CONCURRENT))
    constants = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    assert constants.count(text) >= 3


def test_a_case_without_findings_has_a_program_too() -> None:
    ast.parse(script_for(msgspec.structs.replace(case_of(EVERYTHING), findings=())))
