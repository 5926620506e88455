"""All experiments, a line for each."""

from __future__ import annotations

from harness.diagnosis.experiments import (
    aftermath,
    answers,
    clients,
    company,
    connections,
    content,
    ends,
    later,
    leavers,
    lines,
    messages,
    silence,
    sizes,
    stalls,
    totals,
)
from harness.diagnosis.experiments.values import (
    CONCURRENT,
    LASTING,
    Experiment,
)

SLOW = 0.45
"""Seconds: a sender that found no room looks again after 0.2 and then 0.4 (RFC 6298)."""

_EXPERIMENTS = (
    Experiment(
        "answers",
        "When does it answer at all?",
        answers.answers,
        bound=2.0,
        gentle=True,
        brief=0.2,
        hasty=False,
    ),
    Experiment(
        "messages",
        "How many messages does a connection live?",
        messages.messages,
        1.0,
        gentle=True,
        in_part=True,
    ),
    Experiment("repeat", "Is the same message answered again?", messages.repeat, gentle=True),
    Experiment(
        "cumulative",
        "At which total of a connection does it go wrong?",
        totals.cumulative,
        bound=1.0,
        in_part=True,
    ),
    Experiment(
        "bytes",
        "Which byte values go wrong?",
        content.bytes_alone,
        1.2,
        gentle=True,
        in_part=True,
    ),
    Experiment(
        "words",
        "Which words are treated specially?",
        content.words,
        bound=0.9,
        gentle=True,
        in_part=True,
    ),
    Experiment(
        "sizes", "Which sizes of a message go wrong?", sizes.sizes, 1.0, in_part=True, hasty=False
    ),
    Experiment(
        "lines", "How long may a line be?", lines.lines, 1.5, gentle=True, in_part=True, hasty=False
    ),
    Experiment(
        "clients",
        "How many clients at once are served, and in which order?",
        clients.clients,
        1.0,
        LASTING,
        fresh=True,
    ),
    Experiment(
        "connections",
        "How many connections in a row are served?",
        connections.connections,
        0.8,
        LASTING,
        fresh=True,
        hurry=True,
    ),
    Experiment(
        "later",
        "Is a later client answered as the first was?",
        later.later,
        bound=0.7,
        profiles=LASTING,
        fresh=True,
        in_part=True,
    ),
    Experiment(
        "neighbours",
        "Is a client served while another is silent, idle or stalled?",
        company.neighbours,
        1.0,
        (CONCURRENT,),
    ),
    Experiment(
        "leavers",
        "Is somebody forgotten when another client leaves?",
        leavers.leavers,
        bound=1.0,
        profiles=(CONCURRENT,),
        fresh=True,
    ),
    Experiment(
        "aftermath",
        "Is the next client served in full when one has failed?",
        aftermath.aftermath,
        bound=1.0,
        profiles=LASTING,
        fresh=True,
    ),
    Experiment("crosstalk", "Does a client get bytes of another?", company.crosstalk, 1.0, LASTING),
    Experiment(
        "bystander",
        "Does the reset of one client cost another its data?",
        company.bystander,
        bound=1.4,
        profiles=(CONCURRENT,),
        brief=SLOW,
        hasty=False,
    ),
    Experiment(
        "slow-reader", "What becomes of the data of a slow reader?", stalls.slow_reader, 1.2
    ),
    Experiment(
        "long-stall",
        "Does it give up on a slow reader?",
        stalls.long_stall,
        2.8,
        brief=SLOW,
        hasty=False,
    ),
    Experiment("idle", "Does silence or age end a connection?", silence.idle, 1.6, gentle=True),
    Experiment("end", "What comes after the client's end?", ends.end, 1.0, hurry=True),
    Experiment(
        "signals", "What do a stop and continue, and an urgent byte, do?", silence.signals, 0.6
    ),
)
TABLE = {experiment.id: experiment for experiment in _EXPERIMENTS}
"""All experiments by their id."""
