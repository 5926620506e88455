"""Targets that turn against the processes between them and the harness: files in ``targets``."""

from pathlib import Path

from tests.hostile import CONFORMING, UNDECIDED, Hostile

FOLDER = Path(__file__).with_name("targets")


def _file(name: str, why: str, *codes: int, wide: bool = False) -> Hostile:
    return Hostile(
        name.replace("_", "-"),
        why,
        codes=frozenset(codes) or frozenset({CONFORMING}),
        command=("{python}", str(FOLDER / f"{name}.py")),
        wide=wide,
    )


WARDENS = (
    _file("stops_warden", "Stops its warden with each client."),
    _file("stops_warden_and_nursery", "Stops its warden and what that was forked from."),
    _file("holds_warden", "Stops its warden a thousand times a second."),
    _file("asks_to_be_traced", "Asks its parent to trace it."),
    _file("traces_warden", "Traces its warden.", CONFORMING, UNDECIDED),
    _file("kills_warden", "Kills its warden with some clients.", CONFORMING, UNDECIDED),
    _file("kills_nursery", "Kills what its warden was forked from."),
    _file("steals_control_socket", "Takes its warden's socket and speaks for it.", UNDECIDED),
    _file("vandal", "Writes into and closes whatever it has inherited."),
    _file("ends_output", "Closes its streams at once."),
    _file("subreaper_of_daemons", "Adopts its own daemons."),
    _file("forgets_environment", "Runs itself again without an environment."),
    _file(
        "stops_harness", "Stops the harness itself for seconds.", CONFORMING, UNDECIDED, wide=True
    ),
    _file(
        "storms",
        "Its processes live on in new ones all the time.",
        CONFORMING,
        UNDECIDED,
        wide=True,
    ),
)
