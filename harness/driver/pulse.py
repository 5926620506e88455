"""What the scripts of a plan share: its beginning, the last progress, and patience."""

from __future__ import annotations

from harness.driver.brief import Brief


class Pulse:
    """Times are those of whoever performs the plan; nothing here looks at a clock.

    ``hurry``: a reply that is wrong is not watched for long.  ``brief``: how long steps wait that
    do not insist.  ``persist``: messages are sent though earlier ones came back wrong, or not.
    """

    def __init__(
        self,
        began: float,
        patience: float,
        *,
        hurry: bool = False,
        brief: Brief | None = None,
        persist: bool = False,
    ) -> None:
        self.began = began
        self.moved = began
        """When something moved last: patience counts from here."""
        self.patience = patience
        """Seconds without progress after which waiting ends, as things stand."""
        self.hurry = hurry
        self.persist = persist
        self.brief = brief or Brief()
