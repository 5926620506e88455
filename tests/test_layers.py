"""The folders of ``harness`` are layers: each imports only what is below it, never in a circle."""

from __future__ import annotations

import ast
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

HARNESS = Path(__file__).parents[1] / "harness"

LAYERS = (
    ("__init__", "__main__"),
    ("cli", "pytest_plugin"),
    ("testing", "strategies"),
    ("api",),
    ("spreading",),
    ("running",),
    ("settings", "fuzzer"),
    ("probing", "contract"),
    ("diagnosis",),
    ("judging",),
    ("driver", "constants"),
    ("launcher",),
    ("system",),
    ("report",),
    ("host",),
    ("values",),
    ("text",),
    ("errors", "hosting", "_version"),
)
"""From the top down.  What stands in one line does not import one another."""

RANK = {name: rank for rank, names in enumerate(reversed(LAYERS)) for name in names}
FACE = {"harness"}
"""The public names: they are imported late, so that the package itself may lie at the top."""


def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name."""
    found = {}
    for path in sorted(HARNESS.rglob("*.py")):
        parts = path.relative_to(HARNESS.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imports(source: str, known: set[str]) -> set[str]:
    """The modules among ``known`` that ``source`` imports, anywhere in it, for types as well."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in known else node.module)
    return found & known


@cache
def graph() -> dict[str, set[str]]:
    """What each module imports; not at import, since every worker of the tests imports this."""
    return {name: imports(path.read_text("utf-8"), set(MODULES)) for name, path in MODULES.items()}


def layer(module: str) -> str:
    """The folder of ``module``, or its own name if it lies at the top of the package."""
    return module.split(".")[1] if "." in module else "__init__"


def test_imports_are_found() -> None:
    """Whatever form an import has, it is seen."""
    known = {"harness.a", "harness.a.b", "harness.c"}
    source = "import harness.c\ndef f():\n    from harness.a import b, name\n"
    assert imports(source, known) == {"harness.c", "harness.a.b", "harness.a"}


def test_every_folder_has_its_place() -> None:
    """A new folder is put into the table, where somebody thinks of what it may import."""
    assert {layer(module) for module in MODULES} == set(RANK)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_module_imports_only_what_is_below_it(module: str) -> None:
    """No import leads upwards, or sideways to another folder of the same line."""
    own = layer(module)
    wrong = {
        other
        for other in graph()[module] - FACE
        if layer(other) != own and RANK[layer(other)] >= RANK[own]
    }
    assert not wrong


def test_nothing_imports_in_a_circle() -> None:
    """Every module can be read after those that it builds upon."""
    sorter = TopologicalSorter({module: others - FACE for module, others in graph().items()})
    try:
        sorter.prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))
