"""Causes that show in how accepting, reading and sending stand to the loops around them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.diagnosis.where.tree import (
    FUNCTIONS,
    LOOPS,
    READING,
    SENDING,
    STREAM_READING,
    WRITING,
    Tree,
    called,
    constants,
    is_endless,
    names,
    owner,
)

ACCEPTING = frozenset({"accept", "sock_accept"})
EVENTS = frozenset({"select", "poll", "epoll", "control"})


def accepts(tree: Tree) -> list[ast.Call]:
    return tree.calls(ACCEPTING)


def reads(tree: Tree, within: ast.AST | None = None) -> list[ast.Call]:
    """Calls that read from a connection; ``read()`` only in programs that never call recv()."""
    return tree.calls(READING, within) or tree.calls(STREAM_READING, within)


def serves_events(tree: Tree) -> bool:
    """It has one loop over events: a single read for each is right there."""
    return bool(tree.calls(EVENTS)) or any(
        isinstance(n, ast.FunctionDef) and n.name in ("data_received", "buffer_updated")
        for n in tree.nodes
    )


def reading_loop(tree: Tree, read: ast.AST) -> ast.AST | None:
    """The innermost loop around ``read``, if that is not the one that accepts."""
    loop = next(iter(tree.loops(read)), None)
    return None if loop is None or tree.calls(ACCEPTING, loop) else loop


def leaves_loop(tree: Tree, loop: ast.AST) -> bool:
    """Whether something in ``loop`` leaves it; a break of a loop within does not."""
    for node in tree.inside(loop):
        if isinstance(node, (ast.Return, ast.Raise)):
            return True
        if isinstance(node, ast.Break) and next(iter(tree.loops(node)), None) is loop:
            return True
        if isinstance(node, ast.Call) and called(node) in ("exit", "_exit"):
            return True
    return False


def no_accept_loop(tree: Tree) -> Iterator[ast.AST]:
    for call in accepts(tree):
        if not tree.loops(call) and tree.function(call) is tree.root:
            yield call


def accept_inside_loop(tree: Tree) -> Iterator[ast.AST]:
    for call in accepts(tree):
        loop = next(iter(tree.loops(call)), None)
        if loop is not None and any(tree.loops(read)[:1] == [loop] for read in reads(tree)):
            yield call


def single_read(tree: Tree) -> Iterator[ast.AST]:
    """A read in no loop of its own, or in one that always leaves after the first round."""
    if serves_events(tree):
        return
    found = reads(tree)
    if len(found) == 1:
        loop = reading_loop(tree, found[0])
        if loop is None and not _calls_itself(tree, tree.function(found[0])):
            yield found[0]
        elif isinstance(loop, ast.While) and isinstance(loop.body[-1], (ast.Break, ast.Return)):
            yield loop.body[-1]


def _calls_itself(tree: Tree, function: ast.AST) -> bool:
    """Or is called in a loop, by whoever serves the client."""
    if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    calls = tree.calls({function.name})
    return any(tree.loops(c) and not tree.calls(ACCEPTING, tree.loops(c)[0]) for c in calls) or any(
        tree.function(call) is function for call in calls
    )


def missing_break(tree: Tree) -> Iterator[ast.AST]:
    if serves_events(tree):
        return
    for read in reads(tree):
        loop = reading_loop(tree, read)
        if loop is not None and is_endless(loop) and not leaves_loop(tree, loop):
            yield read


def send_outside_loop(tree: Tree) -> Iterator[ast.AST]:
    for read in reads(tree):
        loop = reading_loop(tree, read)
        if loop is None or tree.calls(WRITING, loop):
            continue
        function = tree.function(read)
        for send in tree.calls(WRITING, function):
            if loop not in tree.loops(send) and send.lineno > read.lineno:
                yield send


def close_inside_loop(tree: Tree) -> Iterator[ast.AST]:
    """A close(), or the end of the own side, that is reached in every round: not in a branch, nor
    followed by a break; in a function that is called in every round, too."""
    for call in tree.calls({"close", "shutdown"}):
        if "SHUT_RD)" in ast.unparse(call):
            continue
        around = tree.parents.get(tree.statement(call))
        if isinstance(around, LOOPS):
            own = [r for r in reads(tree, around) if owner(r) == owner(call) != ""]
            reached = bool(own) and _each_round(tree, call)
        else:
            name = getattr(around, "name", "") if isinstance(around, FUNCTIONS) else ""
            calls = tree.calls({name}) if name and not reads(tree, around) else []
            reached = any(_each_round(tree, c) for c in calls)
        if reached:
            yield call


def _each_round(tree: Tree, call: ast.AST) -> bool:
    """Whether ``call`` is reached in every round of a loop that reads and does not accept."""
    statement = tree.statement(call)
    loop = tree.parents.get(statement)
    if not isinstance(loop, LOOPS) or tree.calls(ACCEPTING, loop) or not reads(tree, loop):
        return False
    return statement in loop.body and not isinstance(loop.body[-1], (ast.Break, ast.Return))


def listeners(tree: Tree) -> set[str]:
    return {owner(call) for call in accepts(tree)} - {""}


def recv_on_listener(tree: Tree) -> Iterator[ast.AST]:
    known = listeners(tree)
    for kinds in (READING, SENDING):
        found = [call for call in tree.calls(kinds) if owner(call) in known]
        if found:
            yield from found
            return


def listener_closed(tree: Tree) -> Iterator[ast.AST]:
    """In the loop that accepts, or in a function that the main program does not end with."""
    known = listeners(tree)
    for call in tree.calls({"close", "shutdown"}):
        within = [loop for loop in tree.loops(call) if tree.calls(ACCEPTING, loop)]
        guarded = any(isinstance(a, (ast.ExceptHandler, ast.If)) for a in tree.above(call))
        if owner(call) in known and within and not guarded:
            yield call


def ignored_send(tree: Tree) -> Iterator[ast.AST]:
    """send() as a statement of its own: what it returns is lost.  os.write() may go to a log."""
    for call in tree.calls(SENDING) or tree.calls({"write"}):
        counts = called(call) == "send" or (called(call) == "write" and owner(call) == "os")
        if counts and isinstance(tree.parents.get(call), ast.Expr) and call.args:
            yield call


def printed(tree: Tree) -> Iterator[ast.AST]:
    if tree.calls(WRITING):
        return
    kept = {
        name
        for read in reads(tree)
        if isinstance(statement := tree.statement(read), (ast.Assign, ast.While))
        for name in names(statement)
    }
    for call in tree.calls({"print"}):
        if reading_loop(tree, call) is not None and names(call) & kept - {"print"}:
            yield call


def before_reading(tree: Tree) -> Iterator[ast.AST]:
    """A constant is sent in no loop that reads, above the first read of that function."""
    yield from _constant_sends(tree, before=True)


def after_reading(tree: Tree) -> Iterator[ast.AST]:
    yield from _constant_sends(tree, before=False)


def _constant_sends(tree: Tree, before: bool) -> Iterator[ast.AST]:
    for call in tree.calls(WRITING):
        found = reads(tree, tree.function(call))
        if not found or not call.args or not is_constant(call.args[0]):
            continue
        own = reading_loop(tree, call)
        lines = [read.lineno for read in found]
        outside = own is None or not any(own in tree.loops(read) for read in found)
        if outside and (call.lineno < min(lines) if before else call.lineno > max(lines)):
            yield call


def is_constant(node: ast.expr) -> bool:
    """A text that was written in the program, encoded or not, or a name in capitals."""
    if isinstance(node, ast.Call) and called(node) == "encode":
        return isinstance(node.func, ast.Attribute) and is_constant(node.func.value)
    if isinstance(node, ast.Name):
        return node.id.isupper()
    return isinstance(node, ast.Constant) and isinstance(node.value, (bytes, str))


def counted(tree: Tree) -> Iterator[ast.AST]:
    """``for _ in range(n)`` around the reading."""
    for node in tree.nodes:
        if not isinstance(node, ast.For) or "range" not in names(node.iter):
            continue
        directly = any(tree.loops(read)[:1] == [node] for read in reads(tree, node))
        if directly and not tree.calls(ACCEPTING, node):
            yield node


def counted_accepts(tree: Tree) -> Iterator[ast.AST]:
    for node in tree.nodes:
        counted = isinstance(node, ast.For) and "range" in names(node.iter)
        if counted and tree.calls(ACCEPTING, node):
            yield node


def recursion(tree: Tree) -> Iterator[ast.AST]:
    for node in tree.nodes:
        if isinstance(node, FUNCTIONS) and not isinstance(node, ast.Lambda):
            yield from (c for c in tree.calls({node.name}, None) if tree.function(c) is node)


def whole_buffer(tree: Tree) -> Iterator[ast.AST]:
    """The buffer of recv_into() is sent as it is."""
    buffers = {
        call.args[0].id
        for call in tree.calls({"recv_into", "readinto"})
        if call.args and isinstance(call.args[0], ast.Name)
    }
    for call in tree.calls(WRITING):
        if call.args and isinstance(call.args[0], ast.Name) and call.args[0].id in buffers:
            yield call


def no_wait(tree: Tree) -> Iterator[ast.AST]:
    """select() or poll() with a timeout of 0."""
    for call in tree.calls({"select", "poll"}):
        if owner(call) == "select" and called(call) == "poll":
            continue
        last = call.args[-1:] + [k.value for k in call.keywords if k.arg == "timeout"]
        if last and list(constants(last[-1])) == [0] and isinstance(last[-1], ast.Constant):
            yield call


FINDERS = {
    "no-accept-loop": no_accept_loop,
    "accept-inside-loop": accept_inside_loop,
    "single-read": single_read,
    "missing-break": missing_break,
    "send-outside-loop": send_outside_loop,
    "close-inside-loop": close_inside_loop,
    "recv-on-listener": recv_on_listener,
    "listener-closed": listener_closed,
    "short-send-ignored": ignored_send,
    "printed-not-sent": printed,
    "banner": before_reading,
    "farewell": after_reading,
    "reads-quota": counted,
    "recursion": recursion,
    "stale-buffer": whole_buffer,
    "spins-idle": no_wait,
}
