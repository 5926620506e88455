"""Causes that show in how a program sends, waits and ends: what it does when there is no room, when
a time is over, or when it is the turn of something else."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.diagnosis.where.calls import call_of, first_of, mention_of
from harness.diagnosis.where.loops import is_constant, reading_loop, reads
from harness.diagnosis.where.tree import (
    READING,
    SENDING,
    WRITING,
    Finder,
    Tree,
    called,
    constants,
    keyword,
    names,
    own_name,
    owner,
)

NO_ROOM = frozenset({"BlockingIOError", "EAGAIN", "EWOULDBLOCK"})
TIME_OVER = frozenset({"timeout", "TimeoutError"})
INTERRUPTED = frozenset({"InterruptedError", "EINTR"})
ENDING = frozenset({"close", "shutdown", "abort", "drop", "remove", "forget", "disconnect"})


def _handlers(tree: Tree, errors: frozenset[str]) -> Iterator[tuple[ast.Try, ast.ExceptHandler]]:
    """The handlers of one of ``errors``, by name."""
    for node in tree.nodes:
        if isinstance(node, ast.Try):
            for handler in node.handlers:
                if handler.type is not None and names(handler.type) & errors:
                    yield node, handler


def _within(tree: Tree, body: list[ast.stmt], wanted: frozenset[str]) -> list[ast.Call]:
    return [call for statement in body for call in tree.calls(wanted, statement)]


def _ends(tree: Tree, handler: ast.ExceptHandler) -> bool:
    """Whether a handler ends the connection, or leaves the loop that serves it."""
    leaves = any(
        isinstance(n, ast.Break) for statement in handler.body for n in tree.inside(statement)
    )
    return leaves or bool(_within(tree, handler.body, ENDING))


def dropped_without_room(tree: Tree) -> Iterator[ast.AST]:
    """``except BlockingIOError: pass`` around a send."""
    for around, handler in _handlers(tree, NO_ROOM):
        silent = all(isinstance(s, (ast.Pass, ast.Continue)) for s in handler.body)
        if silent and _within(tree, around.body, SENDING):
            yield handler


def _ends_at(errors: frozenset[str], deed: frozenset[str]) -> Finder:
    """What ends a connection, or a loop, at one of ``errors`` of a call of ``deed``."""

    def find(tree: Tree) -> Iterator[ast.AST]:
        for around, handler in _handlers(tree, errors):
            if _within(tree, around.body, deed) and _ends(tree, handler):
                yield handler

    return find


def interrupted(tree: Tree) -> Iterator[ast.AST]:
    for _, handler in _handlers(tree, INTERRUPTED):
        if _ends(tree, handler):
            yield handler


def signs_of_life(tree: Tree) -> Iterator[ast.AST]:
    """A constant that is sent when a time is over."""
    for _, handler in _handlers(tree, TIME_OVER):
        for call in _within(tree, handler.body, WRITING):
            if call.args and is_constant(call.args[0]):
                yield call
    for call in tree.calls(WRITING):
        if call.args and is_constant(call.args[0]):
            loops = tree.loops(call)
            if loops and tree.calls({"sleep", "wait"}, loops[0]) and not reads(tree, loops[0]):
                yield call


def thrown_away_when_full(tree: Tree) -> Iterator[ast.AST]:
    """A queue with an end that drops what does not fit."""
    for call in tree.calls({"deque"}):
        if keyword(call, "maxlen") is not None or len(call.args) > 1:
            yield call
    for around, handler in _handlers(tree, frozenset({"Full", "QueueFull"})):
        if _within(tree, around.body, frozenset({"put_nowait", "put"})):
            yield handler


def written_without_drain(tree: Tree) -> Iterator[ast.AST]:
    """write() of a stream or a transport that never waits, nor is told to."""
    waits = tree.calls({"drain", "send_all"})
    told = any(isinstance(n, ast.FunctionDef) and n.name == "pause_writing" for n in tree.nodes)
    if waits or told or tree.calls({"recv", "accept"}):
        return
    yield from (c for c in tree.calls({"write", "writelines"}) if owner(c) not in ("os", "sys"))


def wants_to_write_always(tree: Tree) -> Iterator[ast.AST]:
    """EVENT_WRITE beside EVENT_READ where a client is registered."""
    for call in tree.calls({"register", "modify"}):
        found = names(call)
        both = {"EVENT_READ", "EVENT_WRITE"} <= found or {"EPOLLIN", "EPOLLOUT"} <= found
        if both and not any(isinstance(n, ast.IfExp) for n in ast.walk(call)):
            yield call


def never_asks_for_room(tree: Tree) -> Iterator[ast.AST]:
    """send() in a loop over events that asks for readable ones only."""
    known = {n for node in tree.nodes for n in own_name(node)}
    if known & {"EVENT_READ", "EPOLLIN", "POLLIN"} and not known & {
        "EVENT_WRITE",
        "EPOLLOUT",
        "POLLOUT",
        "sendall",
    }:
        yield from tree.calls({"send"})


def handed_on(tree: Tree) -> Iterator[ast.AST]:
    """The buffer of recv_into(), or a view of it, is kept for later without a copy."""
    buffers = {
        name
        for call in tree.calls({"recv_into", "readinto", "sock_recv_into"})
        for argument in call.args
        for name in names(argument)
    }
    for call in tree.calls({"put", "put_nowait", "append", "appendleft", "write"}):
        for argument in call.args:
            copies = any(
                isinstance(n, ast.Call) and called(n) in ("bytes", "tobytes", "bytearray")
                for n in ast.walk(argument)
            )
            if names(argument) & buffers and not copies:
                yield call


def newest_first(tree: Tree) -> Iterator[ast.AST]:
    """insert(0, ...), appendleft(), or pop() from the end."""
    for call in tree.calls({"insert"}):
        if call.args and list(constants(call.args[0])) == [0]:
            yield call
    yield from tree.calls({"appendleft", "LifoQueue"})
    for call in tree.calls({"pop"}):
        last = not call.args or ast.unparse(call.args[0]) == "-1"
        if last and not call.keywords and owner(call) not in ("selector", "clients"):
            yield call


def sent_again(tree: Tree) -> Iterator[ast.AST]:
    """Two sends of the same thing in one body."""
    for node in tree.nodes:
        body = getattr(node, "body", None)
        plain = [s.value for s in body if isinstance(s, ast.Expr)] if isinstance(body, list) else []
        sends = [send for value in plain if (send := _send(value)) is not None]
        texts = [ast.unparse(send.args[0]) for send in sends]
        yield from (s for s, text in zip(sends, texts, strict=True) if texts.count(text) > 1)


def _send(node: ast.AST) -> ast.Call | None:
    if isinstance(node, ast.Await):
        node = node.value
    plain = isinstance(node, ast.Call) and called(node) in WRITING and len(node.args) == 1
    return node if plain and isinstance(node, ast.Call) else None


def looked_at_first(tree: Tree) -> Iterator[ast.AST]:
    """A read whose result is only tested."""
    for read in reads(tree):
        only_tested = tree.is_test(read) and not _is_named(tree, read)
        alone = isinstance(tree.parents.get(read), ast.Expr) and called(read) == "recv"
        wakes_up = list(constants(read)) == [1]  # a byte of a pair of sockets, which says nothing
        if (only_tested or alone) and "MSG_PEEK" not in names(read) and not wakes_up:
            yield read


def _is_named(tree: Tree, read: ast.AST) -> bool:
    for outer in tree.above(read):
        if isinstance(outer, ast.NamedExpr):
            return True
        if isinstance(outer, ast.stmt):
            return False
    return False


def read_before_loop(tree: Tree) -> Iterator[ast.AST]:
    """A read in no loop, in a function that has another in one."""
    for read in reads(tree):
        others = [r for r in reads(tree, tree.function(read)) if r is not read]
        if reading_loop(tree, read) is None and any(reading_loop(tree, r) for r in others):
            yield read


def sleeps(tree: Tree) -> Iterator[ast.AST]:
    for call in tree.calls({"sleep"}):
        if not any(isinstance(a, ast.ExceptHandler) for a in tree.above(call)):
            yield call


def every_so_many(tree: Tree) -> Iterator[ast.AST]:
    """``count % n == 0``, of something that is counted one by one."""
    counted = {
        ast.unparse(n.target)
        for n in tree.nodes
        if isinstance(n, ast.AugAssign) and list(constants(n.value)) == [1]
    } | {
        ast.unparse(n.target.elts[0])
        for n in tree.nodes
        if isinstance(n, ast.For)
        and "enumerate" in names(n.iter)
        and isinstance(n.target, ast.Tuple)
    }
    for node in tree.nodes:
        rest = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod)
        if rest and isinstance(node, ast.BinOp) and ast.unparse(node.left) in counted:
            yield node


def ring(tree: Tree) -> Iterator[ast.AST]:
    """A position that begins again: ``self.head = (self.head + n) % self.size``."""
    words = ("head", "tail", "pos", "start", "end", "write", "read", "cursor", "index", "at")
    for node in tree.nodes:
        if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Mod):
            continue
        left = {name.lower().strip("_") for name in names(node.left)}
        if any(word in name for name in left for word in words if len(word) > 2 or name == word):
            yield node


PAUSED = ("paus", "suspend", "throttl", "choked")


def stops_reading(tree: Tree) -> Iterator[ast.AST]:
    """A flag or a call that says that a client is not read for now."""
    for node in tree.nodes:
        if isinstance(node, ast.Call) and called(node) == "pause_reading":
            yield node
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            to = " ".join(name.lower() for target in node.targets for name in names(target))
            if node.value.value is True and any(word in to for word in PAUSED):
                yield node


FINDERS = {
    "never-resumes": stops_reading,
    "would-block-dropped": dropped_without_room,
    "would-block-closes": _ends_at(NO_ROOM | TIME_OVER, SENDING),
    "eagain-is-error": _ends_at(NO_ROOM, READING),
    "eintr-is-error": interrupted,
    "pause-is-end-of-message": _ends_at(TIME_OVER, READING),
    "keepalive-bytes": signs_of_life,
    "stalled-output-dropped": thrown_away_when_full,
    "unbounded-buffer": written_without_drain,
    "busy-loop-writable": wants_to_write_always,
    "edge-not-drained": mention_of("EPOLLET"),
    "writable-not-watched": never_asks_for_room,
    "buffer-overwritten": handed_on,
    "pending-dropped-at-end": call_of("cancel", "abort", "terminate"),
    "queue-order": newest_first,
    "newest-client-first": newest_first,
    "sent-twice": sent_again,
    "every-other-read-lost": looked_at_first,
    "first-read-lost": read_before_loop,
    "slow-each-time": sleeps,
    "every-nth-read": every_so_many,
    "ring-wrap": ring,
    "waits-for-end": first_of(call_of("readall", "copyfileobj")),
}
