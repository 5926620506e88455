"""A client: one conversation, and the connection and the instance that it has."""

from __future__ import annotations

from harness.driver.actor import Actor
from harness.driver.conversation import Conversation
from harness.driver.opening import Way
from harness.driver.transport import Transport
from harness.values.plan import Connect


class Client(Actor):
    """What the loop keeps of a script beside the conversation itself."""

    transport: Transport | None = None
    way: Way | None = None
    """To the instance, once that is known."""
    place = 0
    """In its backlog; 0 when the target is known to have accepted the connection."""
    mask = 0
    """What the poller watches."""
    local_port = 0
    """Of the connection, when a step will ask for it."""

    def __init__(self, index: int, talk: Conversation) -> None:
        super().__init__(index)
        self.talk = talk

    @property
    def connects(self) -> bool:
        return self.talk.script.connects

    @property
    def connects_next(self) -> bool:
        """It has no connection yet, and opens one in the step after this."""
        talk = self.talk
        then = talk.steps[talk.pc + 1 : talk.pc + 2]
        return not talk.held and any(isinstance(step, Connect) for step in then)

    def performed(self, now: float) -> None:
        self.talk.performed(now)

    def note(self, now: float, what: str, size: int = 0) -> None:
        self.talk.note(now, what, size)
