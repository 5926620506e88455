"""Getting a target ready: launch it, find its profile, and see how fast it is."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Generator, Iterator
from typing import NamedTuple

import msgspec

from harness.contract.check import LONGEST, Check, Context
from harness.driver.brief import BRIEFLY
from harness.errors import MachineProblem, TargetProblem
from harness.launcher.fleet import Fleet
from harness.probing.given import must_serve_what_it_is_given
from harness.probing.profile import QUICK_GLANCE, SAMPLE, Detected, Sampled, detect, speed_of
from harness.running.fleets import Fleets
from harness.running.patience import TO_START, Patience
from harness.running.record import Record
from harness.settings.run import Settings
from harness.values.address import Transport
from harness.values.effort import Effort
from harness.values.events import Event, TargetReady
from harness.values.plan import materialise
from harness.values.verdict import Profile

LOOKS_AGAIN = 3
"""Ports of one target that are tried at most, if a better one is found each time."""
ABOUT_STREAMS = "it is about streams, and this server takes datagrams"
NO_CAPTURES = (
    "nothing is captured for --pcap, since that takes a network of the target's own: "
    "--isolate always gives it one."
)


class Ready(NamedTuple):
    """What is known of a target that was launched."""

    profile: Profile
    context: Context
    patience: Patience
    since: float
    """When the target was there, by `time.monotonic`."""


def why_not(check: Check, ready: Ready) -> str | None:
    """Why ``check`` is skipped; None if it is not."""
    died_as_one_shot = ready.context.died and check.profiles == (Profile.ONE_SHOT,)
    if ready.profile not in check.profiles and not died_as_one_shot:
        return f"it does not apply to a {ready.profile.value} server"
    if ready.context.transport not in check.transports:
        datagrams = ready.context.transport is Transport.UDP
        return ABOUT_STREAMS if datagrams else check.lacks
    return check.not_for(ready.context)


class Preparation:
    """One target that is got ready.

    ``record``: learns of the target and of notices.  ``alone``: a single check will be performed,
    for which no second instance is worth its launch.
    """

    def __init__(self, settings: Settings, fleets: Fleets, record: Record, alone: bool) -> None:
        self.settings = settings
        self.fleets = fleets
        self.record = record
        self.alone = alone

    def events(self) -> Generator[Event, None, Ready]:
        """Launch the target and find out what checks must know.

        Raises TargetProblem, or MachineProblem when the machine is in the way.
        """
        fleets = self.fleets
        if not self.alone:
            import harness.running.searches  # noqa: F401  (needed soon; the target starts meanwhile)
        first = fleets.start()
        since = time.monotonic()
        profile, detected = self._profile(first)
        yield from self.record.notes(fleets.new_notices())
        self.record.target = msgspec.structs.replace(
            self.record.target,
            address=fleets.address,
            transport=fleets.transport,
            profile=profile,
            profile_source=_source(self.settings, detected),
            ready_s=fleets.ready_s,
            isolated=fleets.isolation.on,
            not_isolated=fleets.isolation.reason,
        )
        yield TargetReady(self.record.target)
        if self.settings.pcap is not None and not fleets.isolation.on:
            yield self.record.note(NO_CAPTURES)
        if detected is not None and detected.note:
            yield self.record.note(detected.note)
        sample = self._sample(detected)
        if sample.tls:
            raise speaks_tls()
        if detected is None and self.fleets.transport is not Transport.UDP:
            self._must_serve(first, sample)
        if sample.died is not None:
            yield self.record.note(
                f"the target ended ({sample.died}) while {SAMPLE:,} bytes were sent to see how "
                "fast it is; it is launched again"
            )
        fleets.settle()
        died = detected is not None and detected.died
        context = fleets.context(profile, sample.slow, died=died)
        for_each = TO_START if context.starts_each else 0.0
        patience = Patience(self.settings.patience, self.settings.effort, for_each=for_each)
        if detected is not None and not detected.answered:
            patience.confirmed()
        return Ready(profile, context, patience, since)

    def _sample(self, detected: Detected | None) -> Sampled:
        """How fast the target is; nothing where it is known not to answer."""
        if self.fleets.main is None or (detected is not None and not detected.answered):
            return Sampled()
        if self.fleets.transport is Transport.UDP:
            return Sampled()  # no plan of datagrams has so much to send
        sample = self._speed(self.fleets.main)
        if detected is None and self.fleets.look_again(proven=sample.echoes):
            sample = self._speed(self.fleets.main)
        return sample

    def _speed(self, fleet: Fleet) -> Sampled:
        return speed_of(fleet, patience=self.settings.patience, rate=self.settings.rate)

    def _profile(self, first: Fleet) -> tuple[Profile, Detected | None]:
        """The profile, and how it was found unless it is pinned.  ``first``: has the target."""
        fleets = self.fleets
        if self.settings.profile is not None:
            self._must_have_a_meaning(self.settings.profile)
            self._try_others(self.settings.profile, answered=True)
            fleets.use(self.settings.profile)
            return self.settings.profile, None
        context = fleets.context(Profile.SEQUENTIAL)

        def ahead() -> None:
            fleets.launch_ahead()
            _make_flood(context)  # not sooner: how soon the first client is served is measured

        with _meanwhile(*(() if self.alone else (ahead,))):
            detected = self._detected(first)
        if detected.unable:
            raise MachineProblem(detected.unable, step="profile")
        streams = fleets.transport is not Transport.UDP
        if fleets.remote and streams and not detected.answered and not fleets.reachable():
            raise TargetProblem(
                f"nothing answers at {self.settings.target.shown}: the connection was refused.",
                "Start the server first, or give its command instead of --connect.",
                step="connect",
            )
        if detected.tls:
            raise speaks_tls()
        self._must_serve(first, detected)
        self._try_others(detected.profile, answered=detected.answered)
        fleets.use(detected.profile)
        return detected.profile, detected

    def _must_serve(self, fleet: Fleet, found: Detected | Sampled) -> None:
        """Raise TargetProblem where it does not serve what it is given, since it listens itself."""
        if not found.echoes:
            must_serve_what_it_is_given(fleet.current, self.settings.target.launch, found.said)

    def _must_have_a_meaning(self, profile: Profile) -> None:
        if profile is Profile.CONCURRENT and self.fleets.transport is Transport.UDP:
            raise TargetProblem(
                "--profile concurrent has no meaning for a server of datagrams: there are no "
                "connections that could be served at once.",
                "Take --profile sequential, or one-shot for one that exits after its first answer.",
                step="profile",
            )

    def _detected(self, first: Fleet) -> Detected:
        """The profile, found on the right port: the target may open a better one meanwhile."""
        for _ in range(LOOKS_AGAIN):
            detected = self._found(first)
            if not self.fleets.look_again(proven=detected.echoes):
                break
        return detected

    def _found(self, first: Fleet) -> Detected:
        patience, rate = self.settings.patience, self.settings.rate
        if self.fleets.transport is Transport.UDP:
            from harness.probing import datagram_profile  # few targets need it

            return datagram_profile.detect(first, patience=patience, rate=rate)
        glance = self.settings.effort.of(QUICK_GLANCE, BRIEFLY, BRIEFLY)
        pools = not self.settings.target.starts_each
        return detect(first, patience=patience, rate=rate, glance=glance, pools=pools)

    def _try_others(self, profile: Profile, *, answered: bool) -> None:
        """Find out whether instances can run side by side, where many will be needed."""
        if not self.alone:
            self.fleets.try_another()
        if not self.alone or profile is Profile.ONE_SHOT:
            self.fleets.isolate(answered=answered)


@contextlib.contextmanager
def _meanwhile(*tasks: Callable[[], object]) -> Iterator[None]:
    """Do ``tasks`` side by side while the block runs, which mostly waits, and wait for them.

    An error is dropped here: it occurs again where the thing is needed, and is reported there.
    """

    def do(task: Callable[[], object]) -> None:
        with contextlib.suppress(Exception, KeyboardInterrupt):
            task()

    threads = [threading.Thread(target=do, args=(task,), daemon=True) for task in tasks]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for thread in threads:
            thread.join()


def _make_flood(context: Context) -> None:
    """Make the bytes that many checks send the beginning of."""
    quick = context.effort is Effort.QUICK
    materialise(context.data(1, context.flood if quick else max(context.flood, LONGEST)))


def speaks_tls() -> TargetProblem:
    """It is no plain echo server, so nothing of the contract can be said about it."""
    return TargetProblem(
        "the target speaks TLS: it does not echo plain bytes, and answers in the words of TLS.",
        "TLS is not spoken here yet. Test the server without it, or the program behind it.",
        step="profile",
    )


def _source(settings: Settings, detected: Detected | None) -> str:
    if settings.profile is not None:
        return "pinned"
    return "detected" if detected is not None and detected.answered else "assumed"
