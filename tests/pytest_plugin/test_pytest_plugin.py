"""The pytest plugin, seen from a project that uses it."""

from __future__ import annotations

import shlex
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

# pytester forgets modules that a run inside this process imported; half of a package would stay.
from harness.contract.catalogue import IDS, concerning
from harness.report.words import Standing
from harness.values.address import Transport
from harness.values.verdict import Level, Result, Status
from tests.report.test_obeyed import obeyed
from tests.support.commands import NEVER, REFERENCE, UPPER
from tests.workflow.test_hostile_words import SAYS

pytest_plugins = ("pytester",)

GOOD, BAD = shlex.join(REFERENCE), shlex.join(UPPER)
ALL = len(concerning(IDS, Transport.TCP))
SOME = ["-k", "hello or nul-bytes or churn", "--echo-profile", "sequential"]
"""Two checks that run and one that does not apply."""


@pytest.fixture(autouse=True)
def plain(pytester: pytest.Pytester) -> None:
    """Without the plugins and settings of this project."""
    pytester.makeini("[pytest]\nfilterwarnings = error\n")


def test_one_item_for_each_check(pytester: pytest.Pytester) -> None:
    """With ids; one that does not apply is a skip with its reason."""
    done = pytester.runpytest("--echo-target", GOOD, *SOME, "-v", "-rs")
    done.assert_outcomes(passed=2, skipped=1, deselected=ALL - 3)
    done.stdout.fnmatch_lines(
        [
            "echo-harness::identity/hello PASSED*",
            "echo-harness::sessions/churn SKIPPED*",
            "SKIPPED*does not apply to a sequential server",
        ]
    )


def test_a_failure_is_shown_nicely(pytester: pytest.Pytester) -> None:
    """What was required, expected and got, the hint, how to repeat it; no traceback of ours."""
    done = pytester.runpytest("--echo-target", BAD, *SOME)
    done.assert_outcomes(failed=2, skipped=1, deselected=ALL - 3)
    text = done.stdout.str()
    assert "required " in text
    assert "first difference" in text
    assert "letters are changed to upper case" in text
    assert "echo-harness check --only identity/hello" in text
    assert "items.py" not in text
    done.stdout.fnmatch_lines(["FAILED echo-harness::identity/hello*came back*"])


def test_marks_select_by_level(pytester: pytest.Pytester) -> None:
    """``-m must``, together with -k."""
    done = pytester.runpytest(
        "--echo-target", GOOD, "-m", "should", "-k", "urgent or hello", "--strict-markers"
    )
    done.assert_outcomes(passed=1, deselected=ALL - 1)


def test_x_and_lf(pytester: pytest.Pytester) -> None:
    """-x stops at the first failure; --lf runs it again and nothing else."""
    done = pytester.runpytest("--echo-target", BAD, *SOME, "-x")
    done.assert_outcomes(failed=1, deselected=ALL - 3)
    done = pytester.runpytest("--echo-target", BAD, *SOME[2:], "--lf")
    done.assert_outcomes(failed=1, deselected=ALL - 1)


def test_a_node_id_is_a_choice(pytester: pytest.Pytester) -> None:
    """As copied from the summary of an earlier run."""
    done = pytester.runpytest("--echo-target", GOOD, "echo-harness::identity/hello")
    done.assert_outcomes(passed=1)


def test_junit(pytester: pytest.Pytester) -> None:
    """Passes, failures and skips are what they are."""
    pytester.runpytest("--echo-target", BAD, *SOME, "--junitxml", "out.xml")
    suite = ElementTree.parse(pytester.path / "out.xml").getroot()[0]
    assert (suite.get("failures"), suite.get("errors"), suite.get("skipped")) == ("2", "0", "1")
    failure = suite.find(".//failure")
    assert failure is not None
    assert "came back changed" in (failure.get("message") or "")


def test_xdist(pytester: pytest.Pytester) -> None:
    """Each worker has a target of its own."""
    done = pytester.runpytest("--echo-target", BAD, *SOME, "-n", "2")
    done.assert_outcomes(failed=2, skipped=1)


def test_a_target_that_cannot_be_tested_is_said_once(pytester: pytest.Pytester) -> None:
    """One error with the reason; the rest is skipped."""
    done = pytester.runpytest("--echo-target", shlex.join(NEVER), "-k", "identity")
    done.assert_outcomes(errors=1, skipped=14, deselected=ALL - 15)
    done.stdout.fnmatch_lines(["*no server*", "ERROR echo-harness::identity/one-byte*"])
    assert done.ret == 1
    assert "raise" not in done.stdout.str()  # no line of ours, which would help nobody
    assert "exception" not in done.stdout.str()


@pytest.mark.parametrize("more", ["", "judged"])
def test_what_a_target_writes_is_not_obeyed(pytester: pytest.Pytester, more: str) -> None:
    """pytest prints a failure from the start of the line, where a CI system looks for commands."""
    script = pytester.makefile(".py", server=SAYS)
    command = shlex.join([sys.executable, str(script), *([more] if more else [])])
    done = pytester.runpytest("--echo-target", command, *SOME, "-rA")
    assert done.ret == 1
    assert "owned" in done.stdout.str()
    assert not obeyed(done.stdout.str())


def test_own_tests_run_beside_the_checks(pytester: pytest.Pytester) -> None:
    """In one session."""
    pytester.makepyfile("def test_ours(): pass")
    done = pytester.runpytest("--echo-target", GOOD, "-k", "hello or ours")
    done.assert_outcomes(passed=2, deselected=ALL - 1)


def test_a_configured_target_by_name(pytester: pytest.Pytester) -> None:
    """Expected failures are xfails; one that passes fails."""
    text = "[targets.{}]\ncommand = '{}'\nonly = ['identity/hello']\n"
    known = "[targets.{}.expected-failures]\n'identity/hello' = 'issue 12'\n"
    text = "".join((text + known).format(n, c, n) for n, c in (("up", BAD), ("ok", GOOD)))
    (pytester.path / "echo-harness.toml").write_text(text)
    done = pytester.runpytest("--echo-target", "up", "--echo-target", "ok", "-v", "-rx")
    done.assert_outcomes(xfailed=1, failed=1)
    done.stdout.fnmatch_lines(
        ["echo-harness[[]up[]]::identity/hello XFAIL*", "*issue 12*", "*remove the expectation*"]
    )


def test_bad_options_are_usage_errors(pytester: pytest.Pytester) -> None:
    """pytest's own exit code for that, and one line."""
    done = pytester.runpytest("--echo-target", GOOD, "--echo-patience", "-1")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines(["*patience*"])


def test_ini_options(pytester: pytest.Pytester) -> None:
    """The target and its options can stand in the ini file."""
    pytester.makeini(
        f"[pytest]\necho_checks = true\necho_target = {GOOD}\necho_profile = sequential\n"
        "echo_seed = 7\n"
    )
    done = pytester.runpytest("-k", "hello or churn")
    done.assert_outcomes(passed=1, skipped=1, deselected=ALL - 2)


def test_flaky_and_inconclusive_are_what_they_are(pytester: pytest.Pytester) -> None:
    """Neither passes nor failures: counted and listed under their own names."""
    statuses = {
        "identity/hello": ("must", "flaky"),
        "identity/nul-bytes": ("must", "inconclusive"),
        "resilience/terminates": ("should", "failed"),
    }
    pytester.makeconftest(
        f"""
        import pytest
        from harness.values.verdict import Level, Result, Status
        import harness.running.session
        STATUSES = {statuses!r}

        def run(self, check_id):
            level, status = STATUSES[check_id]
            return Result(check_id, Level(level), Status(status), 0.1, "It is so.", "862", "seen")

        @pytest.fixture(autouse=True, scope="session")
        def stub():
            yield

        harness.running.session.Session.run = run
        harness.running.session.Session.start = lambda self: None
        harness.running.session.Session.ahead = lambda self, ids: None
        """
    )
    choice = ["-k", "hello or nul-bytes or terminates"]
    done = pytester.runpytest_subprocess("--echo-target", GOOD, *choice)
    assert done.ret == 1, "a must is open"
    done.stdout.fnmatch_lines(
        [
            "*echo-harness: 1 warning*",
            "echo-harness::resilience/terminates  seen",
            "*echo-harness: 1 flaky*",
            "*echo-harness: 1 inconclusive*",
            "*echo-harness: undecided*",
            "2 musts flaky or inconclusive: *",
            f"*{ALL - 3} deselected*1 flaky*1 inconclusive*",
        ],
        consecutive=False,
    )
    a_should = ["-k", "terminates"]
    done = pytester.runpytest_subprocess("--echo-target", GOOD, *a_should, "--echo-strict")
    assert done.ret == 1
    done = pytester.runpytest_subprocess("--echo-target", GOOD, "-k", "nul-bytes", "-n", "1")
    assert done.ret == 1, "a must is open"


def test_a_session_that_fails_fast_says_what_did_not_run(pytester: pytest.Pytester) -> None:
    """Of a configured target; no error of ours, and no pass."""
    (pytester.path / "echo-harness.toml").write_text(
        f"[targets.up]\ncommand = '{BAD}'\nprofile = 'sequential'\nfail-fast = true\njobs = 1\n"
        "only = ['identity/hello', 'identity/nul-bytes', 'chunking/prompt']\n"
    )
    # A worker asks for one check after the other, so it is certain which comes first.
    done = pytester.runpytest("--echo-target", "up", "-n", "1")
    assert done.ret == 1
    outcomes = done.parseoutcomes()
    assert (outcomes["failed"], outcomes["inconclusive"]) == (1, 2)
    assert "it did not run after the first failure" in done.stdout.str()


@pytest.mark.parametrize("arguments", [("--echo-target", ""), ("--echo-connect", "")])
def test_an_empty_target_is_a_usage_error(
    pytester: pytest.Pytester, arguments: tuple[str, ...]
) -> None:
    """An unset variable, or echo_checks without a target, must not be a green session."""
    pytester.makepyfile("def test_ours(): pass")
    assert pytester.runpytest(*arguments).ret == pytest.ExitCode.USAGE_ERROR
    pytester.makeini("[pytest]\necho_checks = true\n")
    assert pytester.runpytest().ret == pytest.ExitCode.USAGE_ERROR


def test_a_test_of_checks_that_are_undecided_does_not_pass(pytester: pytest.Pytester) -> None:
    """``echo_check`` says that they hold, so what is open fails the test, and says so."""
    pytester.makeconftest(
        """
        import harness.running.session
        from harness.values.verdict import Level, Result, Status

        def run(self, check_id):
            return Result(check_id, Level.MUST, Status.INCONCLUSIVE, 0.1, "It is.", "862", "late")

        harness.running.session.Session.run = run
        harness.running.session.Session.start = lambda self: None
        """
    )
    pytester.makepyfile(
        f"""
        import pytest

        @pytest.mark.echo_target({GOOD!r})
        def test_hello(echo_check): echo_check("identity/hello")
        """
    )
    done = pytester.runpytest_subprocess()
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*undecided: identity/hello is inconclusive: late*"])


def test_one_deadline_per_item(pytester: pytest.Pytester) -> None:
    """pytest-timeout, where it is installed, has one for each item."""
    pytester.makeconftest(
        """
        def pytest_collection_modifyitems(items):
            for item in items:
                assert item.get_closest_marker("timeout").args[0] > 100
        """
    )
    done = pytester.runpytest("--echo-target", GOOD, "-k", "hello")
    done.assert_outcomes(passed=1, deselected=ALL - 1)


# --- fixtures for tests of one's own ------------------------------------------------------------


def test_fixtures(pytester: pytest.Pytester) -> None:
    """A launched target, checks by id, and the assertion."""
    pytester.makepyfile(
        f"""
        import pytest
        from harness.pytest_plugin import assert_echoes

        @pytest.mark.echo_target({GOOD!r})
        def test_good(echo_target):
            assert echo_target.echo(b"hello") == b"hello"
            assert_echoes(echo_target, b"a", b"b")

        @pytest.mark.echo_target({BAD!r})
        def test_bad(echo_target):
            assert_echoes(echo_target, b"abc")

        @pytest.mark.echo_target({GOOD!r}, profile="sequential")
        def test_checks(echo_check):
            assert len(echo_check("identity/hello", "sessions/churn")) == 2

        @pytest.mark.echo_target({BAD!r}, profile="sequential")
        def test_bad_check(echo_check):
            echo_check("identity/hello")

        def test_nothing_said(echo_target):
            pass
        """
    )
    done = pytester.runpytest()
    done.assert_outcomes(passed=2, failed=2, errors=1)
    done.stdout.fnmatch_lines(["*test_bad *", "*3 bytes at offset 0 came back changed*"])
    done.stdout.fnmatch_lines(["*no server: add @pytest.mark.echo_target*"])


FIXTURES = """
import pytest
NOTHING = "{PYTHON} nothing.py"

@pytest.mark.echo_target(NOTHING)
def test_target(echo_target): pass

@pytest.mark.echo_target(NOTHING)
def test_check(echo_check): pass

@pytest.mark.echo_target(NOTHING, patiense=3)
def test_keyword(echo_target): pass

@pytest.mark.echo_target(NOTHING, scop="module")
def test_scope(echo_target): pass

@pytest.mark.echo_target(NOTHING, profile="sequental")
def test_value(echo_check): pass

@pytest.mark.echo_target({GOOD!r}, profile="sequential")
def test_unknown(echo_check):
    echo_check("identity/helo")
"""


def test_what_fixtures_cannot_do_is_a_paragraph(pytester: pytest.Pytester) -> None:
    """What is wrong, whose fault it is, what to do: none of our insides."""
    program = FIXTURES.replace("{GOOD!r}", repr(GOOD)).replace("{PYTHON}", sys.executable)
    pytester.makepyfile(program)
    done = pytester.runpytest()
    done.assert_outcomes(errors=5, failed=1)
    text = done.stdout.str()
    assert "nothing.py" in text
    for inside in ("launch.py", "pytest_plugin.py", "pytest_items.py", "choices.py", "Traceback"):
        assert inside not in text
    for said in (
        "The target could not be tested: the target ended (exit status 2) before it listened",
        "Run the command by hand",
        "no keyword 'patiense'.\nDid you mean 'patience'?",
        "no keyword 'scop'.\nDid you mean 'scope'?",
        "found 'sequental'.\nDid you mean 'sequential'?",
        "_unknown __",
        "a_paragraph.py:21: This makes no sense as it stands",
        "Did you mean 'identity/hello'?",
    ):
        assert said in text
    assert len(text.splitlines()) < 55


def test_a_failed_assertion_shows_the_line_of_the_test(pytester: pytest.Pytester) -> None:
    """And not ours; an error of anybody else is left as it is."""
    pytester.makepyfile(
        f"""
        import pytest
        from harness.pytest_plugin import assert_echoes
        pytestmark = pytest.mark.echo_target({BAD!r})

        def test_assertion(echo_target): assert_echoes(echo_target, b"abc")
        def test_method(echo_target): echo_target.echo(b"abc")
        def test_other(echo_target): raise ValueError("theirs")
        """
    )
    done = pytester.runpytest()
    done.assert_outcomes(failed=3)
    text = done.stdout.str().partition("short test summary")[0]
    assert text.count("letters are changed to upper case") == 2
    assert "ValueError: theirs" in text
    assert "testing.py" not in text


def test_a_wrong_profile_names_the_profiles(pytester: pytest.Pytester) -> None:
    """Not all options that there are."""
    done = pytester.runpytest("--echo-target", GOOD, "--echo-profile", "foo")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines(["*one of auto, one-shot, sequential, concurrent, found 'foo'*"])
    assert "expected-failures" not in done.stderr.str()


def test_a_misspelt_key_of_the_ini_file(pytester: pytest.Pytester) -> None:
    """pytest says that it is unknown, and we what was meant; keys of others are theirs."""
    pytester.makeini("[pytest]\necho_profil = sequential\necho_attributes = x\n")
    done = pytester.runpytest_subprocess()
    text = done.stdout.str() + done.stderr.str()
    assert "echo_profil: Did you mean 'echo_profile'?" in text
    assert "echo_attributes:" not in text


def test_scopes(pytester: pytest.Pytester) -> None:
    """Fresh for each test unless the mark names a wider scope; ini says which server."""
    pytester.makeini(f"[pytest]\necho_target = {GOOD}\n")
    pytester.makepyfile(
        """
        import pytest
        pids = []
        shared = pytest.mark.echo_target(scope="module")

        def test_a(echo_target): pids.append(echo_target.pid)
        def test_b(echo_target): pids.append(echo_target.pid)
        @shared
        def test_c(echo_target): pids.append(echo_target.pid)
        @shared
        def test_d(echo_target): pids.append(echo_target.pid)
        def test_pids():
            a, b, c, d = pids
            assert a != b and c == d and c not in (a, b)
        """,
        test_later="""
        import os, pytest
        import test_scopes
        def test_it_is_gone():
            for pid in test_scopes.pids:
                assert not os.path.exists(f"/proc/{pid}")
        """,
    )
    pytester.runpytest("test_scopes.py", "test_later.py").assert_outcomes(passed=6)


def test_fixtures_know_configured_targets(pytester: pytest.Pytester) -> None:
    """By name, in the mark or in the ini file."""
    text = f"[tool.echo-harness.targets.ours]\ncommand = {GOOD!r}\n"
    (pytester.path / "pyproject.toml").write_text(text)
    pytester.makeini("[pytest]\necho_target = ours\n")
    pytester.makepyfile("def test_it(echo_target): assert echo_target.echo(b'x') == b'x'")
    pytester.runpytest().assert_outcomes(passed=1)


def test_an_unknown_scope_is_told(pytester: pytest.Pytester) -> None:
    """With the ones that exist."""
    pytester.makepyfile(
        f"""
        import pytest
        @pytest.mark.echo_target({GOOD!r}, scope="pakage")
        def test_a(echo_target): pass
        """
    )
    done = pytester.runpytest()
    done.assert_outcomes(errors=1)
    assert "function, class, module, session" in done.stdout.str()


def test_nothing_heavy_in_a_session_that_does_not_ask(pytester: pytest.Pytester) -> None:
    """The plugin is loaded, and nothing behind it is."""
    pytester.makepyfile(
        """
        import sys
        def test_it():
            assert "harness.pytest_plugin" in sys.modules
            ours = {"harness.running.engine", "harness.pytest_plugin.items"}
            heavy = {"msgspec", "rich", "psutil", *ours}
            assert not heavy & set(sys.modules)
        """
    )
    # hypothesis has a plugin of its own, which is not ours to judge.
    done = pytester.runpytest_subprocess("-p", "no:hypothesispytest")
    done.assert_outcomes(passed=1)


def test_standings_have_letters() -> None:
    """Every standing that pytest does not know has a letter of its own."""
    from harness.pytest_plugin.items import LETTERS, settle

    known = {Standing.PASSED, Standing.FAILED, Standing.EXPECTED, Standing.SKIPPED}
    assert set(LETTERS) == set(Standing) - known
    assert len(set(LETTERS.values())) == len(LETTERS)
    result = Result("a/b", Level.SHOULD, Status.FAILED, 0.1, "It is so.", "862", "seen")
    settle(result, Standing.WARNING)


def test_the_oldest_pytest(tmp_path: Path) -> None:
    """Checked by the tox environment ``lowest``; here, that nothing newer is imported."""
    source = Path(__file__).parents[2] / "harness"
    for path in (source / "pytest_plugin").glob("*.py"):
        assert "_pytest" not in path.read_text()
    subprocess.run([sys.executable, "-c", "import harness.pytest_plugin"], check=True, timeout=30)


def test_handlers(pytester: pytest.Pytester) -> None:
    """A handler in Python is a target: by the ini file, the mark and the command line; it is
    imported from where the session imports from."""
    pytester.makeini(
        "[pytest]\nfilterwarnings = error\npythonpath = src\necho_handler = mine:handle\n"
    )
    pytester.mkdir("src").joinpath("mine.py").write_text(
        "def handle(connection):\n"
        "    while data := connection.recv(1024):\n"
        "        connection.sendall(data)\n"
        "def loud(connection):\n"
        "    while data := connection.recv(1024):\n"
        "        connection.sendall(data.upper())\n"
    )
    pytester.makepyfile(
        """
        import pytest

        def test_ini(echo_target):
            assert echo_target.echo(b"hello") == b"hello"

        @pytest.mark.echo_target(handler="mine:loud")
        def test_mark(echo_target):
            with pytest.raises(AssertionError, match="upper case"):
                echo_target.echo(b"hello")

        @pytest.mark.echo_target(handler="mine:nobody")
        def test_none(echo_target): pass
        """
    )
    done = pytester.runpytest("--echo-handler", "mine:handle", "-k", "hello or test_")
    done.assert_outcomes(passed=3, errors=1, deselected=ALL - 1)
    done.stdout.fnmatch_lines(["*the module mine has no name 'nobody'*"])


def test_two_servers_in_the_ini_file(pytester: pytest.Pytester) -> None:
    """A command and a handler are one too many."""
    pytester.makeini(f"[pytest]\necho_checks=true\necho_handler = a:b\necho_target = {GOOD}\n")
    done = pytester.runpytest()
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines(["*both echo_target and echo_handler*"])
