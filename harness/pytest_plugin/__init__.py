"""pytest: the contract as test items, and fixtures for tests of one's own.

``pytest --echo-target "python server.py"`` adds an item for each check.  A session without these
options stays fast: heavy modules are imported when a target is launched.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

import pytest

from harness.pytest_plugin.options import (
    LEVELS,
    OPTIONS,
    ROOT,
    asked,
    chosen,
    configured,
    with_path,
)

if TYPE_CHECKING:
    from harness.testing import Target, assert_echoes
    from harness.values.verdict import Result

__all__ = ["assert_echoes", "echo_check", "echo_target"]


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup(ROOT, "echo servers")
    group.addoption(
        "--echo-target",
        action="append",
        metavar="COMMAND",
        help="add an item for each check of the echo contract; COMMAND starts the server, or is "
        "the name of a target in pyproject.toml or echo-harness.toml (repeatable)",
    )
    group.addoption(
        "--echo-handler",
        action="append",
        metavar="MODULE:NAME",
        help="the same for a handler in Python, which a host serves with (repeatable)",
    )
    group.addoption("--echo-connect", metavar="ADDRESS", help="the same for one that runs")
    group.addoption("--echo-strict", action="store_true", help="a failed 'should' fails")
    for name, kind, text in OPTIONS:
        group.addoption(f"--echo-{name}", type=kind, metavar=name.upper()[:1], help=text)
        parser.addini(f"echo_{name}", text)
    parser.addini("echo_target", "command or name of the server for the fixtures")
    parser.addini("echo_handler", "handler in Python for the fixtures, instead of a command")
    parser.addini("echo_checks", "add items for the ini file's echo_target", type="bool")
    parser.addini("echo_strict", "a failed 'should' fails", type="bool")


def pytest_configure(config: pytest.Config) -> None:
    for level in LEVELS:
        config.addinivalue_line("markers", f"{level}: an echo-harness check of this level")
    config.addinivalue_line(
        "markers",
        "echo_target(command, *, scope='function', **options): the server for echo_target and "
        "echo_check, with the options of harness.check",
    )
    _warn_of_misspelt(config)
    if asked(config):
        from harness.errors import UsageProblem
        from harness.host.platforms import require_linux

        try:
            require_linux()
        except UsageProblem as problem:
            raise pytest.UsageError(str(problem)) from None
        from harness.pytest_plugin.items import EchoItems

        config.pluginmanager.register(EchoItems(config), "echo-harness-items")


def _warn_of_misspelt(config: pytest.Config) -> None:
    """Say what was meant by an unknown key of the ini file; pytest only says that it is unknown."""
    try:
        text = config.inipath.read_text(encoding="utf-8") if config.inipath else ""
    except (OSError, ValueError):
        return
    names = ("target", "handler", "checks", "strict", *(option[0] for option in OPTIONS))
    known = [f"echo_{name}" for name in names]
    for key in re.findall(r"^\s*(echo_\w+)\s*=", text, re.M):
        if key not in known:
            from harness.text.nearest import did_you_mean

            if meant := did_you_mean(key, known, cutoff=0.8):
                warning = pytest.PytestConfigWarning(f"{config.inipath}: {key}: {meant}")
                config.issue_config_time_warning(warning, stacklevel=2)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Show our exceptions as a paragraph: a traceback through the harness would not help the
    user."""
    errors = sys.modules.get("harness.errors")
    ours = {"echo_target", "echo_check"}.intersection(getattr(item, "fixturenames", ()))
    if ours and call.excinfo is not None and errors is not None:
        problem = call.excinfo.value
        if isinstance(problem, errors.EchoHarnessError) and problem.whose != "harness":
            from harness.pytest_plugin.items import as_failure

            call.excinfo = as_failure(call.excinfo, item.path if call.when == "call" else None)
    yield


# --- for tests of one's own ---------------------------------------------------------------------


@pytest.fixture
def echo_target(request: pytest.FixtureRequest) -> Iterator[Target]:
    """The launched server: fresh for each test, or shared in the scope that the mark names.

    Which one: ``@pytest.mark.echo_target(...)``, else the ini option ``echo_target`` or
    ``echo_handler``.
    """
    from harness.pytest_plugin.items import run_settings
    from harness.testing import Target

    def launch(command: str | None, options: dict[str, Any]) -> Target:
        return Target.of(run_settings(command, options)).start()

    yield from _kept(request, "target", launch, lambda target: target.stop())


@pytest.fixture
def echo_check(request: pytest.FixtureRequest) -> Iterator[Callable[..., list[Result]]]:
    """Performs checks: ``echo_check("identity/*")`` fails the test if one of them fails."""
    from harness.pytest_plugin.items import Checker

    yield from _kept(request, "check", Checker, lambda checker: checker.close())


def _kept(
    request: pytest.FixtureRequest,
    kind: str,
    make: Callable[[str | None, dict[str, Any]], Any],
    end: Callable[[Any], None],
) -> Iterator[Any]:
    """What ``make`` returns, kept until the scope that the mark names ends."""
    command, options = _wanted(request)
    node = _node(request, options.pop("scope", "function"))
    if node is None:
        made = make(command, options)
        try:
            yield made
        finally:
            end(made)
        return
    key = (kind, str(command), repr(sorted(options.items())))
    shared: dict[Any, Any] = node.stash.setdefault(_SHARED, {})
    if key not in shared:
        made = shared[key] = make(command, options)

        def finish() -> None:
            del shared[key]
            end(made)

        node.addfinalizer(finish)
    yield shared[key]


_SHARED = pytest.StashKey[dict[Any, Any]]()


def _wanted(request: pytest.FixtureRequest) -> tuple[str | None, dict[str, Any]]:
    options = chosen(request.config)
    mark = request.node.get_closest_marker("echo_target")
    if mark is not None:
        command = mark.args[0] if mark.args else mark.kwargs.get("command")
        given = {key: value for key, value in mark.kwargs.items() if key != "command"}
        _must_be_options(given)
        if command is None and not {"connect", "handler"} & set(given):
            command, named = configured(request.config)
            given = {**named, **given}
        return command, with_path(request.config, {**options, **given})
    command, named = configured(request.config)
    if not command and not named:
        pytest.fail(
            "no server: add @pytest.mark.echo_target('python server.py'), or set echo_target or "
            "echo_handler in the ini file",
            pytrace=False,
        )
    return command, with_path(request.config, {**options, **named})


def _must_be_options(given: Mapping[str, Any]) -> None:
    """Raise UsageProblem that says what was meant by a keyword of the mark."""
    from harness.errors import UsageProblem
    from harness.settings.choices import NAMES
    from harness.text.nearest import nearest

    for key in given:
        if key.replace("_", "-") not in (*NAMES, "scope"):
            near = nearest(key, [*NAMES, "scope"])
            raise UsageProblem(
                f"the mark echo_target has no keyword {key!r}.",
                f"Did you mean {near.replace('-', '_')!r}?"
                if near
                else "It takes scope and the options of harness.check.",
            )


def _node(request: pytest.FixtureRequest, scope: str) -> pytest.Item | pytest.Collector | None:
    """The node that ends when the scope does; None for the function's."""
    kinds: dict[str, Any] = {
        "class": pytest.Class,
        "module": pytest.Module,
        "session": pytest.Session,
    }
    if scope == "function":
        return None
    if scope not in kinds:
        from harness.errors import UsageProblem
        from harness.text.nearest import did_you_mean

        names = ("function", *kinds)
        raise UsageProblem(
            f"the mark echo_target has no scope {scope!r}, only {', '.join(names)}.",
            did_you_mean(scope, names),
        )
    return cast("pytest.Collector | None", request.node.getparent(kinds[scope]))


def __getattr__(name: str) -> Any:
    if name == "assert_echoes":
        from harness.testing import assert_echoes

        return assert_echoes
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
