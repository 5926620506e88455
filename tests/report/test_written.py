"""Where a report or a case may be written to, and what is left when it cannot be."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.errors import UsageProblem
from harness.fuzzer.case import Case, Rate, save
from harness.host import written
from harness.host.written import write_whole
from harness.report import ReportSpec, parse_spec, parse_specs
from harness.report.files import prepare
from harness.values.plan import Connect, one
from harness.values.verdict import Profile

MUCH = b"x" * 300_000
"""More than a pipe holds (64 KiB, pipe(7))."""


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "fifo")
    return tmp_path / "fifo"


@pytest.fixture
def reader(fifo: Path) -> Iterator[int]:
    """The reading end of ``fifo``."""
    fd = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    yield fd
    os.close(fd)


def test_a_pipe_without_a_reader_is_told(fifo: Path) -> None:
    """Nobody waits for one; it may still come while the run is under way."""
    prepare(ReportSpec("json", str(fifo)))
    with pytest.raises(OSError, match="nobody reads from this pipe"):
        write_whole(fifo, b"text")


def test_a_pipe_with_a_reader_is_written_to(fifo: Path, reader: int) -> None:
    """And stays a pipe."""
    write_whole(fifo, b"text")
    assert os.read(reader, 100) == b"text"
    assert stat.S_ISFIFO(fifo.stat().st_mode)


def test_a_reader_that_takes_nothing_is_not_awaited(
    fifo: Path, reader: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After some time without progress the report is given up."""
    monkeypatch.setattr(written, "READER_WITHIN", 0.05)
    with pytest.raises(OSError, match="its reader took nothing"):
        write_whole(fifo, MUCH)
    assert len(os.read(reader, len(MUCH))) > 1000


def test_a_pipe_by_its_descriptor() -> None:
    """What a shell makes of ``json=>(jq .)``."""
    reader, writer = os.pipe()
    try:
        prepare(ReportSpec("json", f"/dev/fd/{writer}"))
        write_whole(Path(f"/dev/fd/{writer}"), b"text")
        assert os.read(reader, 100) == b"text"
    finally:
        os.close(reader)
        os.close(writer)


def test_a_file_by_its_descriptor_is_written_to_in_place(tmp_path: Path) -> None:
    """/dev/stderr that leads to a file: to replace it would lose what else is written there."""
    with (tmp_path / "log").open("wb", buffering=0) as log:
        log.write(b"before\n")
        write_whole(Path(f"/dev/fd/{log.fileno()}"), b"text\n")
        log.seek(0, os.SEEK_END)
        log.write(b"after\n")
    assert (tmp_path / "log").read_bytes() == b"before\ntext\nafter\n"


def test_a_full_device_is_told() -> None:
    """With its name."""
    with pytest.raises(OSError, match="No space left on device: '/dev/full'"):
        write_whole(Path("/dev/full"), b"text")


@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.symlink_to(path.name),
        lambda path: path.mkdir(),
        lambda path: None,
    ],
    ids=["a loop of links", "a folder", "a file in place of the folder"],
)
def test_a_place_that_cannot_be_is_known_at_the_start(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    """As an OSError like any other."""
    path = tmp_path / "report"
    if make(path) is None and not os.path.lexists(path):
        path.write_text("")
        path /= "run.json"
    with pytest.raises(OSError):
        prepare(ReportSpec("json", str(path)))


def test_a_link_that_leads_nowhere_yet(tmp_path: Path) -> None:
    """The file is made where it leads, and its folder too."""
    (tmp_path / "link").symlink_to(tmp_path / "new" / "run.json")
    prepare(ReportSpec("json", str(tmp_path / "link")))
    write_whole(tmp_path / "link", b"text")
    assert (tmp_path / "new" / "run.json").read_bytes() == b"text"
    assert (tmp_path / "link").is_symlink()


def test_a_name_as_long_as_a_name_may_be(tmp_path: Path) -> None:
    """255 bytes (NAME_MAX); the temporary file's is no longer."""
    path = tmp_path / ("é" * 127)
    write_whole(path, b"text")
    assert os.listdir(tmp_path) == [path.name]


def test_a_case_on_a_full_disk_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not a part of it either."""
    case = Case(
        profile=Profile.SEQUENTIAL,
        seed=0,
        findings=(),
        rate=Rate(failed=1, of=1),
        plan=one(Connect()),
    )
    whole = Path.write_bytes

    def full(self: Path, data: bytes) -> int:
        whole(self, data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(UsageProblem, match="No space left on device"):
        save(case, tmp_path)
    assert os.listdir(tmp_path) == []


def test_two_names_of_one_file_are_one_place(tmp_path: Path) -> None:
    """The second report would replace the first."""
    (tmp_path / "link").symlink_to(tmp_path / "run")
    names = [f"json={tmp_path}/run", f"html={tmp_path}/x/../run", f"junit={tmp_path}/link"]
    for second in names[1:]:
        with pytest.raises(UsageProblem, match="both go to"):
            parse_specs([names[0], second])
    with pytest.raises(UsageProblem, match="both go to standard output"):
        parse_specs(["json=-", "html=/dev/stdout"])


def test_a_name_that_no_file_has() -> None:
    """A NUL ends a name for the system."""
    with pytest.raises(UsageProblem, match="NUL"):
        parse_spec("json=a\0b")


def test_what_cannot_be_written_is_named_as_its_user_did(tmp_path: Path) -> None:
    """Not by the name of the temporary file beside it, which nobody knows."""
    path = tmp_path / "gone" / "report.json"
    with pytest.raises(FileNotFoundError) as caught:
        write_whole(path, b"text")
    assert caught.value.filename == str(path)
