"""Frames and tasks: what goes through a pipe comes out as it was."""

from __future__ import annotations

import os

import msgspec
import pytest

from harness.errors import HarnessFault
from harness.settings.run import Budget, Isolate, Settings
from harness.spreading.frames import Frames, framed, read, write
from harness.spreading.tasks import (
    Judge,
    Judged,
    Kept,
    Lost,
    Place,
    in_cell,
    packed,
    task_of,
    told_of,
)
from harness.spreading.wire import received, sent
from harness.values.address import TcpAddress, UdpAddress, UnixAddress
from harness.values.target import TargetSpec
from harness.values.verdict import Profile
from tests.report.samples import HOSTILE, SAMPLES

PLACE = Place("/somewhere", "python3")


def judge(*command: str, **fields: object) -> Judge:
    settings = Settings(TargetSpec(command=command), **fields)  # type: ignore[arg-type]
    return Judge(sent(settings), PLACE, kept=Kept("cases", {"CASE-x.json": b"\x00\xff"}))


@pytest.mark.parametrize("piece", [1, 3, 4, 5, 1000])
def test_frames_come_out_whole(piece: int) -> None:
    """In whatever pieces they come, an empty one too."""
    wanted = [b"", b"a", b"b" * 300]
    stream = b"".join(map(framed, wanted))
    frames = Frames()
    pieces = (stream[i : i + piece] for i in range(0, len(stream), piece))
    assert [frame for data in pieces for frame in frames.feed(data)] == wanted


def test_no_more_is_read_than_a_frame() -> None:
    """What follows it on the pipe belongs to the next reader."""
    reader, writer = os.pipe()
    try:
        write(writer, b"one")
        write(writer, b"")
        write(writer, b"two")
        os.close(writer)
        assert [read(reader) for _ in range(4)] == [b"one", b"", b"two", None]
    finally:
        os.close(reader)


def test_an_absurd_length_is_no_frame() -> None:
    """Nobody waits for four gigabytes."""
    with pytest.raises(HarnessFault, match="4,294,967,295 bytes"):
        Frames().feed(b"\xff\xff\xff\xff")


def test_a_task_comes_out_as_it_went_in() -> None:
    """Settings and cases, whatever bytes are in them."""
    task = judge("python", "server.py", patience=1.5, only=("identity/*",))
    assert task_of(packed(task)) == task


@pytest.mark.parametrize("report", [*SAMPLES.values()], ids=[*SAMPLES])
def test_an_answer_comes_out_as_it_went_in(report: object) -> None:
    """The report of whatever run."""
    told = Judged(report, {"CASE-x.json": b"{}"})  # type: ignore[arg-type]
    assert told_of(packed(told)) == told
    assert told_of(packed(Lost("why", "what"))) == Lost("why", "what")


def test_what_is_no_text_is_told_as_escapes() -> None:
    """A command line may hold bytes that are no UTF-8, MessagePack may not."""
    assert told_of(packed(Judged(HOSTILE)))
    assert task_of(packed(judge("python", "\udcff.py"))).settings.target.command[1] == "\\udcff.py"


def test_what_is_no_task_is_refused() -> None:
    """Each side checks what comes."""
    with pytest.raises(msgspec.DecodeError):
        task_of(b"\x81\xa4type\xa4Evil")
    with pytest.raises(msgspec.DecodeError):
        told_of(packed(judge("x")))


@pytest.mark.parametrize(
    "address", [None, TcpAddress("::1", 7), UdpAddress("127.0.0.1", 7), UnixAddress("@echo")]
)
def test_settings_come_out_as_they_went_in(
    address: TcpAddress | UdpAddress | UnixAddress | None,
) -> None:
    """Whatever the transport, and with every field that they have."""
    settings = Settings(
        TargetSpec(command=("x",) if address is None else (), connect=address, env=(("a", "b"),)),
        profile=Profile.ONE_SHOT,
        expected=(("identity/hello", "why"),),
        budget=Budget(5, 1.5, 2.0, None),
    )
    task = Judge(sent(settings), PLACE)
    assert task_of(packed(task)).settings == settings
    assert received(sent(settings)) == settings


def test_what_runs_already_has_no_cell() -> None:
    """It could not be reached from one."""
    connect = Settings(TargetSpec(connect=TcpAddress("127.0.0.1", 7)))
    assert not in_cell(connect)
    assert in_cell(judge("x").settings)
    assert not in_cell(judge("x", isolate=Isolate.NEVER).settings)
