"""Captures of what goes over the networks of isolated instances, as files for Wireshark.

A network of one's own may be listened to without a privilege (packet(7)).  dpkt writes the file; it
is installed with ``echo-harness[pcap]``.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import select
import socket
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from harness.errors import UsageProblem
from harness.host.written import make_folder
from harness.launcher.keeper import Keeper
from harness.launcher.network import Network

MOST = 64 * 1024 * 1024
"""Bytes of one capture: the first ones show how it began, and some checks send many more."""
GLANCE = 0.02
LARGEST = 1 << 17
"""Bytes of a packet, with room to spare: the loopback interface carries up to 64 KiB in one."""
ETHERNET = 1
"""DLT_EN10MB, which the loopback interface pretends to be."""
PACKET_OUTGOING = 4
"""<linux/if_packet.h>: each packet is seen on its way out and on its way in; once is enough."""


def prepare(folder: Path) -> None:
    """Raises UsageProblem unless captures can be written to ``folder``."""
    if importlib.util.find_spec("dpkt") is None:
        raise UsageProblem(
            "--pcap needs dpkt, which is not installed.", "pip install 'echo-harness[pcap]'"
        )
    try:
        make_folder(folder)
    except OSError as error:
        raise UsageProblem(
            f"--pcap {folder} cannot be written to: {error.strerror}.",
            "Name a folder that you may write to.",
        ) from error


class Capture:
    """Writes what clients exchange with the isolated instances of ``keeper`` while the block runs.

    ``packets``: how many were written.  Nothing is raised when the disk is full: the file ends.
    """

    def __init__(self, keeper: Keeper, path: Path) -> None:
        self._keeper = keeper
        self._path = path
        self._taps: dict[int, socket.socket] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, name="capture", daemon=True)
        self.packets = self._bytes = 0

    def __enter__(self) -> Self:
        self._keeper.tap = self._watch
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._keeper.tap = None
        self._over.set()
        self._thread.join()
        for tap in self._taps.values():
            tap.close()

    def _watch(self, network: Network) -> None:
        if network.number not in self._taps and (tap := network.tap()) is not None:
            self._taps[network.number] = tap

    def _work(self) -> None:
        with contextlib.suppress(OSError), self._path.open("wb") as file:
            self._write(file)

    def _write(self, file: IO[bytes]) -> None:
        pcap = importlib.import_module("dpkt.pcap")
        writer = pcap.Writer(file, snaplen=LARGEST, linktype=ETHERNET)
        while True:
            over = self._over.is_set()  # before the last look, not after it
            poll = select.poll()
            for tap in list(self._taps.values()):
                poll.register(tap, select.POLLIN)
            poll.poll(0 if over else GLANCE * 1000)
            for tap in list(self._taps.values()):
                self._take(tap, writer)
            if over:
                return

    def _take(self, tap: socket.socket, writer: Any) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                packet, about = tap.recvfrom(LARGEST)
                if about[2] != PACKET_OUTGOING and self._bytes < MOST:
                    writer.writepkt(packet, time.time())
                    self.packets += 1
                    self._bytes += len(packet)
