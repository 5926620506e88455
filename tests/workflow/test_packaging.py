"""What is shipped: the contents of wheel and sdist, the versions that are promised."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
WITHOUT_TESTS = {"harness", "echo_ref"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with wheel and sdist, made by the build backend itself."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    return folder


def test_wheel_has_what_is_needed_and_nothing_else(built: Path) -> None:
    """No tests; types, licence, templates and entry points."""
    (wheel,) = built.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    code = [name for name in names if ".dist-info/" not in name]
    assert {name.partition("/")[0] for name in code} == WITHOUT_TESTS
    assert {"harness/py.typed", "echo_ref/py.typed"} <= set(code)
    assert any(name.endswith("licenses/LICENSE") for name in names)
    for path in (ROOT / "harness").rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            assert str(path.relative_to(ROOT)) in code


def test_wheel_says_what_it_is(built: Path) -> None:
    """Scripts, plugin, Python, description."""
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        info = {Path(n).name: n for n in archive.namelist() if ".dist-info/" in n}
        entry_points = archive.read(info["entry_points.txt"]).decode()
        metadata = archive.read(info["METADATA"]).decode()
    assert "echo-harness = harness.__main__:main" in entry_points
    assert "echo-harness = harness.pytest_plugin" in entry_points
    assert "Requires-Python: >=3.11" in metadata
    assert "License-Expression: MIT" in metadata


def test_sdist_can_be_tested(built: Path) -> None:
    """It holds the tests and the pages that they read, and nothing of this folder's rubbish."""
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {"pyproject.toml", "README.md", "tox.ini", "action.yml", "tests/servers.py", "LICENSE"}
    assert wanted <= names
    assert "docs/contract.md" in names
    assert not [name for name in names if "__pycache__" in name or name.startswith(".tox")]


def test_lowest_versions_are_those_that_are_promised() -> None:
    """The tox environment ``lowest`` has each minimum of pyproject.toml, no more and no less."""
    promised = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]]
    lowest = dict(re.findall(r"^    ([\w-]+)==([\d.]+)$", (ROOT / "tox.ini").read_text(), re.M))
    for requirement in promised:
        name, _, version = requirement.partition(">=")
        assert lowest.pop(name).startswith(version), requirement
    assert lowest == {}


def test_classifiers_and_tox_agree() -> None:
    """The Pythons that are said to work are tested."""
    said = {c.rpartition(" ")[2] for c in PROJECT["classifiers"] if ":: Python :: 3." in c}
    found = re.search(r"py3\{([\d,]+)\}", (ROOT / "tox.ini").read_text())
    assert found is not None
    assert said == {f"3.{minor}" for minor in found[1].split(",")}


def test_changelog_has_the_version() -> None:
    """Or what is not released yet."""
    text = (ROOT / "CHANGELOG.md").read_text()
    assert "## [Unreleased]" in text
