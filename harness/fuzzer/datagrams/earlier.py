"""The cases of datagrams that earlier runs have saved, tried again before a new search begins."""

from __future__ import annotations

from pathlib import Path

from harness.fuzzer.again import Replayed
from harness.fuzzer.datagrams.attempts import Seen
from harness.fuzzer.datagrams.case import DatagramCase, load_any
from harness.fuzzer.datagrams.replay import replay, unsuited
from harness.fuzzer.earlier import BaseEarlier


class Earlier(BaseEarlier[DatagramCase]):
    """Of datagrams."""

    def load(self, path: Path) -> DatagramCase | str:
        case = load_any(path, pipes=False)
        return case if isinstance(case, DatagramCase) else "it is about streams"

    def unsuited(self, case: DatagramCase) -> str | None:
        return unsuited(case, self.task.profile)

    def replay(self, case: DatagramCase, times: int) -> Replayed[DatagramCase, Seen]:
        task = self.task
        return replay(
            case,
            self.fleet,
            times,
            profile=task.profile,
            patience=task.patience,
            rate=task.rate,
        )
