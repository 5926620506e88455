"""Zoo and good servers describe themselves correctly, and those in C compile."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from itertools import chain
from pathlib import Path

import pytest

from tests import good, zoo
from tests.servers import compile_c

C_FILES = sorted(p for module in (zoo, good) for p in Path(str(module.__file__)).parent.glob("*.c"))

COMMENT = """/* Forgets to echo.
 *
 * Clause: identity/hello
 * Trigger: any data, of
 *     whatever size
 * Profile: sequential
 * Grade: obvious
 * Cause: single-read
 * Cause: reads-never |
 *     magic-byte
 */
"""


def test_zoo_is_populated() -> None:
    """All descriptions can be read, and no language is missing."""
    languages = Counter(inhabitant.language for inhabitant in zoo.inhabitants())
    assert languages.total() >= 70
    assert languages["c"] >= 12
    assert languages["node"] >= 6


def test_names_are_unique_and_sorted() -> None:
    """A name stands for one server, in the zoo and among the good ones."""
    for names in ([i.name for i in zoo.inhabitants()], [s.name for s in good.servers()]):
        assert names == sorted(set(names))


@pytest.mark.skipif(shutil.which("cc") is None, reason="cc not found")
@pytest.mark.timeout(60)
@pytest.mark.parametrize("path", C_FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_c_compiles_without_warnings(path: Path, tmp_path: Path) -> None:
    """A warning would be a second defect."""
    compile_c(path, tmp_path / "program", "-Werror")


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("mute.c", COMMENT + "int main(void) { return 0; }\n"),
        ("mute.js", COMMENT + '"use strict";\n'),
        ("mute.py", COMMENT.replace("/* ", '"""').replace("\n * ", "\n").replace(" */", '"""')),
    ],
)
def test_description_is_read(tmp_path: Path, file: str, text: str) -> None:
    """The same words mean the same in each language."""
    (tmp_path / file).write_text(text.replace("\n *\n", "\n\n") if file.endswith("py") else text)
    (found,) = zoo.inhabitants(tmp_path)
    assert (found.name, found.path, found.summary) == ("mute", tmp_path / file, "Forgets to echo.")
    assert (found.clause, found.trigger) == ("identity/hello", "any data, of whatever size")
    assert (found.profile, found.grade) == ("sequential", "obvious")
    assert (found.causes, found.beside) == (
        (("single-read",), ("reads-never", "magic-byte")),
        (),
    )


def test_every_inhabitant_names_its_cause() -> None:
    """One bug each; what it has besides is named too, and is another."""
    for inhabitant in zoo.inhabitants():
        assert len(inhabitant.causes) == 1, inhabitant.name
        assert not {*inhabitant.causes[0]} & {*chain.from_iterable(inhabitant.beside)}


def test_what_it_has_besides_is_read(tmp_path: Path) -> None:
    """A line for each, as with the causes."""
    beside = " * Beside: restart-fails\n * Beside: crash | crash-on-reset\n */"
    (tmp_path / "mute.c").write_text(COMMENT.replace(" */", beside))
    (found,) = zoo.inhabitants(tmp_path)
    assert found.beside == (("restart-fails",), ("crash", "crash-on-reset"))


def test_shared_stem_gets_the_language(tmp_path: Path) -> None:
    """Two files with one stem have two names."""
    (tmp_path / "mute.c").write_text(COMMENT)
    (tmp_path / "mute.js").write_text(COMMENT)
    (tmp_path / "_mute.js").write_text("// not an inhabitant")
    assert [found.name for found in zoo.inhabitants(tmp_path)] == ["mute-c", "mute-node"]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("Clause:", "Clauze:", r"mute\.c: Clause: .*begin with a field"),
        (" * Clause: identity/hello\n", "", r"mute\.c: Clause: missing"),
        (" * Trigger: any data, of\n", "", r"mute\.c: Trigger: missing"),
        (" * Grade: obvious\n", "", r"mute\.c: Grade: missing"),
        ("Grade: obvious", "Grade:", r"mute\.c: Grade: missing"),
        ("Grade: obvious", "Grade: mean", r"mute\.c: Grade: 'mean'"),
        ("Grade: obvious", "Clause: identity/hello", r"mute\.c: Clause: given twice"),
        ("sequential", "sequentially", r"mute\.c: Profile: 'sequentially'"),
        ("identity/hello", "hello", r"mute\.c: Clause: 'hello'"),
        ("single-read", "", r"mute\.c: Cause: missing or empty"),
        ("single-read", "single-reads", r"mute\.c: Cause: 'single-reads' is no id of a cause"),
        ("Forgets to echo.\n *\n *", "", r"mute\.c: no summary"),
        ("/* Forgets", "// Forgets", r"mute\.c: does not begin with a block comment"),
    ],
)
def test_malformed_description_is_refused(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    """The message names the file and the field."""
    assert old in COMMENT
    (tmp_path / "mute.c").write_text(COMMENT.replace(old, new))
    with pytest.raises(ValueError, match=complaint):
        zoo.inhabitants(tmp_path)


def test_python_and_node_commands(tmp_path: Path) -> None:
    """Nothing is built for them."""
    (tmp_path / "mute.py").write_text('"""Mute.\n\nStyle: none\nProfile: one-shot\n"""\n')
    (tmp_path / "mute.js").write_text("/* Mute.\n\nStyle: none\nProfile: one-shot\n*/\n")
    node, python = good.servers(tmp_path)
    build = tmp_path / "build"
    assert good.command(node, build) == ["node", str(tmp_path / "mute.js")]
    assert good.command(python, build) == [sys.executable, str(tmp_path / "mute.py")]
    assert not build.exists()


def test_missing_tool_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason for a skip says what to install."""
    (tmp_path / "mute.c").write_text(COMMENT)
    (found,) = zoo.inhabitants(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert zoo.missing_tool(found) == "cc not found"


@pytest.mark.skipif(shutil.which("cc") is None, reason="cc not found")
@pytest.mark.timeout(60)
def test_c_is_compiled_once(tmp_path: Path) -> None:
    """The second call finds the program, a changed source makes another, and no litter stays."""
    source = tmp_path / "mute.c"
    source.write_text(COMMENT + "int main(void) { return 0; }\n")
    (found,) = zoo.inhabitants(tmp_path)
    build = tmp_path / "build"
    first = zoo.command(found, build)
    stamp = Path(first[0]).stat().st_mtime_ns
    assert zoo.command(found, build) == first
    assert Path(first[0]).stat().st_mtime_ns == stamp
    source.write_text(COMMENT + "int main(void) { return 1; }\n")
    assert zoo.command(found, build) != first
    assert len(list(build.iterdir())) == 2


@pytest.mark.skipif(shutil.which("cc") is None, reason="cc not found")
@pytest.mark.timeout(60)
def test_compiler_error_is_shown(tmp_path: Path) -> None:
    """What the compiler said is in the error."""
    (tmp_path / "mute.c").write_text(COMMENT + "int main(void) { return nothing; }\n")
    (found,) = zoo.inhabitants(tmp_path)
    with pytest.raises(RuntimeError, match=r"mute\.c: does not compile:[^$]*nothing"):
        zoo.command(found, tmp_path)
