"""state: what connections share, and what is left of earlier ones."""

from __future__ import annotations

from functools import partial

from harness.diagnosis.catalogue.kind import cause

_cause = partial(cause, "state")

CAUSES = (
    _cause(
        "shared-buffer",
        "connections share a buffer or a variable, so one client gets another's data",
        "When several clients are busy at once one gets bytes of another.",
        "Make the buffer a local variable of the function that serves one client, or keep one "
        "for each client.",
        python="Use no global and no class attribute for data: set self.buffer = b'' in "
        "__init__().",
        c="Declare the buffer inside the function, without static, or keep one for each client.",
        node="Declare the variable inside the connection handler, not outside of it.",
        go="Make the buffer inside the goroutine of that client.",
        java="Use local variables or fields of an object for each client, no static fields.",
        see={
            "leftover-of-earlier": "it happens to clients one after another, not at once",
            "shared-loop-variable": "the connection itself is confused, not the data",
        },
    ),
    _cause(
        "leftover-of-earlier",
        "data of an earlier connection is kept, and sent to a later one",
        "A new client gets bytes that an earlier client sent.",
        "Begin each connection with an empty buffer: make it after accept(), not before the loop.",
        see={
            "state-by-descriptor": "it happens when the system gives the same number again",
            "shared-buffer": "it happens to clients that are there at once",
        },
    ),
    _cause(
        "state-by-descriptor",
        "what is known of a client is kept under its descriptor number, and not removed when it "
        "goes",
        "A new client that gets the number of an earlier one is treated as that one.",
        "Remove all that is kept for a descriptor when you close it, and set it up afresh after "
        "accept().",
        see={"leftover-of-earlier": "one buffer is kept for all, not one for each number"},
    ),
    _cause(
        "global-error-clears-all",
        "an error of one client throws away what waits for the others",
        "When one client is reset others lose data that was on its way to them.",
        "When a client fails clear and close only what belongs to that client.",
        see={"client-error-ends-server": "the whole server ends"},
    ),
    _cause(
        "broadcast",
        "what one client sends goes to all clients",
        "As soon as two clients are there, each gets the bytes of both.",
        "Send the answer only to the connection that the data came from.",
        see={"shared-buffer": "bytes go to the wrong client now and then, not to all"},
    ),
    _cause(
        "removal-skips-next",
        "connections are removed from a list while a loop goes over it, so the next is skipped",
        "When two clients end in the same moment only one of them is closed.",
        "Go over a copy of the list, or collect first what is to be removed.",
        python="Write for client in list(clients): where the loop removes from clients.",
        see={"never-closes": "no client is closed, also one who ends alone"},
    ),
    _cause(
        "removes-wrong-client",
        "when a client leaves, another one is taken off the list",
        "When one client leaves another one is never answered again.",
        "Remove the entry of the client that has left: look at how its index is found.",
        see={"client-error-ends-server": "all the others are gone, not one"},
    ),
)
