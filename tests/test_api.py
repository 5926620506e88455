"""The Python API, for scripts and for tests of one's own."""

from __future__ import annotations

import shlex
import socket
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Any

import pytest

import harness
from harness.values.events import CheckFinished, RunFinished, RunStarted
from tests.support.commands import NEVER, REFERENCE, UPPER


def test_check_returns_the_whole_report() -> None:
    """One call, and everything that the JSON file would hold."""
    report = harness.check(REFERENCE, only=["identity/hello"], profile="sequential", seed=5)
    assert report.ok
    assert [r.id for r in report.checks] == ["identity/hello"]
    assert report.tool.seed == 5
    assert report.failures() == []


def test_a_command_may_be_one_string() -> None:
    """It is split as a shell would, and no shell runs it."""
    report = harness.check(shlex.join(REFERENCE), only=["identity/hello"])
    assert report.verdict is harness.Verdict.CONFORMING


def test_a_failure_is_a_value() -> None:
    """What broke is in the report, with the command line that repeats it."""
    report = harness.check(UPPER, only=["identity/hello"])
    assert not report.ok
    (broken,) = report.failures()
    assert broken.id == "identity/hello"
    assert "--only identity/hello" in broken.repeat
    assert shlex.join(UPPER) in broken.repeat


def test_a_target_that_never_listens_is_reported() -> None:
    """Nothing is raised: the report says why."""
    report = harness.check(NEVER)
    assert report.verdict is harness.Verdict.UNTESTABLE
    assert report.problem is not None
    assert report.problem.step == "listen"


def test_events_come_one_by_one() -> None:
    """From the start to the report."""
    events = list(harness.watch(REFERENCE, only=["identity/hello"]))
    assert isinstance(events[0], RunStarted)
    assert any(isinstance(e, CheckFinished) for e in events)
    assert isinstance(events[-1], RunFinished)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"port": 0}, "port"),
        ({"patience": -1}, "patience"),
        ({"pacience": 1}, "pacience"),
        ({"only": "identity"}, "only"),
        ({"profile": "threaded"}, "profile"),
        ({"expected_failures": {"identity/hallo": "?"}}, "identity/hello"),
    ],
)
def test_options_that_make_no_sense_are_refused_at_once(options: Any, said: str) -> None:
    """Before anything is launched, and by name."""
    with pytest.raises(harness.UsageProblem, match=said):
        harness.watch(REFERENCE, **options)


def test_no_command_is_refused() -> None:
    """The reference is for the command line."""
    with pytest.raises(harness.UsageProblem, match="no command"):
        harness.check()


def test_expected_failures() -> None:
    """They do not count, and one that passes does."""
    known = {"identity/hello": "bug 1"}
    report = harness.check(UPPER, only=["identity/*s"], skip=["identity/hello"])
    other = report.checks[0].id
    report = harness.check(REFERENCE, only=["identity/hello"], expected_failures=known)
    assert report.exit_code == 1
    assert report.failures()[0].surprising
    report = harness.check(UPPER, only=["identity/hello", other], expected_failures=known)
    assert report.checks[0].expected == "bug 1"


def test_target_is_launched_and_stopped() -> None:
    """It listens inside the block and is gone after it."""
    with harness.Target(REFERENCE) as target:
        with socket.create_connection(target.address, timeout=5) as client:
            client.sendall(b"hi")
            assert client.recv(10) == b"hi"
        assert target.echo(b"one", b"two") == b"onetwo"
        address = target.address
        assert target.pid is not None
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=5)


def test_a_target_that_does_not_start_raises() -> None:
    """The error shows why, and nothing is left behind."""
    with pytest.raises(harness.TargetProblem, match="no server"), harness.Target(NEVER):
        pass


def test_a_stopped_target_says_so() -> None:
    """Instead of an attribute of None."""
    with pytest.raises(harness.UsageProblem, match="not running"):
        harness.Target(REFERENCE).address  # noqa: B018


def test_assert_echoes_shows_the_difference() -> None:
    """The first byte that differs, and the likely bug."""
    with harness.Target(UPPER) as target, pytest.raises(AssertionError) as caught:
        harness.assert_echoes(target, b"hello there")
    text = str(caught.value)
    assert "first difference, at offset 0" in text
    assert "letters are changed to upper case" in text


def test_assert_echoes_takes_an_address() -> None:
    """Of whatever server one has running."""
    with harness.Target(REFERENCE) as target:
        host, port = target.address
        assert harness.assert_echoes(f"{host}:{port}", b"x") == b"x"
        assert harness.assert_echoes((host, port)) == b"hello"
        assert target.url == f"tcp://{host}:{port}"
        assert harness.assert_echoes(target.url, b"y") == b"y"
        with pytest.raises(harness.UsageProblem, match="no Unix socket"):
            target.path  # noqa: B018


def test_a_server_that_is_given_its_connections() -> None:
    """Over a Unix socket too: a filter is launched as inetd would, and judged."""
    with harness.Target("cat", launch="inetd", transport="unix") as target:
        assert target.echo(b"one", b"two") == b"onetwo"
        assert target.url == f"unix:{target.path}"
        assert harness.assert_echoes(target.url, b"x") == b"x"
        with pytest.raises(harness.UsageProblem, match="Unix socket"):
            target.address  # noqa: B018
    report = harness.check("cat", launch="inetd", only=["identity/hello"])
    assert report.ok
    told = report.target
    assert (told.transport, told.launch) == ("tcp", "inetd")
    assert told.address is not None
    assert told.address.startswith("tcp://127.0.0.1:")


def test_assert_conforms_tells_what_is_broken() -> None:
    """An AssertionError with the report in it."""
    with pytest.raises(AssertionError, match="identity/hello"):
        harness.assert_conforms(UPPER, only=["identity/hello"])


def test_unittest_users_need_one_method() -> None:
    """A TestCase with one method fails or passes as it should."""

    class Good(unittest.TestCase):
        def test_echo(self) -> None:
            harness.assert_conforms(REFERENCE, only=["identity/hello"])

    class Bad(unittest.TestCase):
        def test_echo(self) -> None:
            harness.assert_conforms(UPPER, only=["identity/hello"])

    for case, failures in ((Good, 0), (Bad, 1)):
        result = unittest.TestResult()
        unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
        assert (result.testsRun, len(result.failures), len(result.errors)) == (1, failures, 0)


def test_public_names_exist_and_nothing_heavy_is_imported() -> None:
    """``import harness`` costs little; each public name can be had."""
    code = (
        "import sys, harness"
        "; heavy = {'rich', 'hypothesis', 'psutil', 'harness.running.engine', 'msgspec'}"
        "; assert not heavy & set(sys.modules), heavy & set(sys.modules)"
        "; [getattr(harness, name) for name in harness.__all__]"
        "; assert set(harness.__all__) <= set(dir(harness))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)


def test_an_unknown_name_is_an_attribute_error() -> None:
    """As for any module."""
    with pytest.raises(AttributeError, match="'chekc'"):
        harness.chekc  # type: ignore[attr-defined]  # noqa: B018


@pytest.fixture
def hardly_shrinks(monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not matter here how small a case is."""
    monkeypatch.setattr(harness.api, "SHRINK_SECONDS", 0.5)


@pytest.mark.usefixtures("nobody_dies", "hardly_shrinks")
def test_fuzz_and_replay(tmp_path: Path) -> None:
    """What fuzzing keeps can be performed again, on a better server as well."""
    report = harness.fuzz(UPPER, sessions=2, profile="sequential", corpus=tmp_path)
    assert report.exit_code == 1
    case = report.checks[0].case
    assert case is not None
    assert harness.replay(case, UPPER).exit_code == 1
    assert harness.replay(case, REFERENCE, repeat=2).ok
    with pytest.raises(harness.UsageProblem):
        harness.replay(tmp_path / "nothing.json", REFERENCE)


@pytest.mark.usefixtures("nobody_dies", "hardly_shrinks")
def test_a_bug_whose_case_cannot_be_kept_is_a_bug(tmp_path: Path) -> None:
    """A read-only folder or a full disk costs the file, not the finding."""
    (tmp_path / "file").write_text("")
    report = harness.fuzz(UPPER, sessions=2, profile="sequential", corpus=tmp_path / "file")
    assert report.verdict is harness.Verdict.NONCONFORMING
    (broken,) = report.failures()
    assert broken.case is None
    assert "replay" not in broken.repeat
    assert any("cannot be written" in text for text in report.notices)
