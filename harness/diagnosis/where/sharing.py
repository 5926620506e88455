"""Causes that show in what connections have in common: buffers, tables and lists of clients."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.diagnosis.where.calls import call_of, first_of, mention_of
from harness.diagnosis.where.loops import (
    ACCEPTING,
    accepts,
    counted_accepts,
)
from harness.diagnosis.where.tree import (
    WRITING,
    Tree,
    called,
    names,
    owner_text,
)

MUTABLE = frozenset({"bytearray", "list", "dict", "set", "deque", "Queue", "BytesIO"})
CLIENTS = frozenset({"clients", "connections", "conns", "peers", "sockets", "writers", "members"})


def _is_mutable(node: ast.AST | None) -> bool:
    if isinstance(node, ast.Call):
        return called(node) in MUTABLE
    return isinstance(node, (ast.List, ast.Dict))


def _is_buffer(node: ast.AST | None) -> bool:
    """What bytes are collected in: an empty ``bytearray()``, ``b""`` or a buffer of some size."""
    if isinstance(node, ast.Call):
        return called(node) in ("bytearray", "BytesIO", "memoryview")
    return isinstance(node, ast.Constant) and isinstance(node.value, bytes) and not node.value


def shared_buffer(tree: Tree) -> Iterator[ast.AST]:
    """A buffer of the class or the module, or a default argument that is made once."""
    for node in tree.nodes:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            defaults = [*node.args.defaults, *node.args.kw_defaults]
            yield from (d for d in defaults if d is not None and _is_mutable(d))
        if isinstance(node, ast.ClassDef):
            yield from (s for s in node.body if _assigned(s) and _is_buffer(_assigned(s)))
    known = _module_buffers(tree)
    for node in tree.nodes:
        if isinstance(node, ast.Global) and set(node.names) & set(known):
            yield from (known[name] for name in node.names if name in known)


def _assigned(statement: ast.AST) -> ast.expr | None:
    return statement.value if isinstance(statement, (ast.Assign, ast.AnnAssign)) else None


def _module_buffers(tree: Tree) -> dict[str, ast.stmt]:
    found: dict[str, ast.stmt] = {}
    for statement in tree.root.body:
        if isinstance(statement, ast.Assign) and _is_buffer(statement.value):
            found.update({t.id: statement for t in statement.targets if isinstance(t, ast.Name)})
    return found


def module_buffer(tree: Tree) -> Iterator[ast.AST]:
    """A buffer of the module that functions read into or add to."""
    known = _module_buffers(tree)
    for name, statement in known.items():
        users = [
            n
            for n in tree.nodes
            if isinstance(n, ast.Name) and n.id == name and tree.function(n) is not tree.root
        ]
        if users:
            yield statement


def kept_by_number(tree: Tree) -> Iterator[ast.AST]:
    """``states[conn.fileno()]``, or a key of that sort."""
    for node in tree.nodes:
        key = node.slice if isinstance(node, ast.Subscript) else None
        if key is not None and ("fileno" in names(key) or names(key) & {"fd", "fileno"}):
            yield node


def to_everybody(tree: Tree) -> Iterator[ast.AST]:
    """``for c in clients: c.send(data)``."""
    for node in tree.nodes:
        if not isinstance(node, (ast.For, ast.AsyncFor)) or not isinstance(node.target, ast.Name):
            continue
        for send in tree.calls(WRITING, node):
            around = names(node.iter) & CLIENTS or not tree.calls({"select", "poll"})
            if owner_text(send).split(".")[0] == node.target.id and around:
                yield send


def removed_in_loop(tree: Tree) -> Iterator[ast.AST]:
    """``for c in clients: clients.remove(c)``."""
    for node in tree.nodes:
        if isinstance(node, ast.For) and isinstance(node.iter, (ast.Name, ast.Attribute)):
            name = ast.unparse(node.iter)
            for call in tree.calls({"remove", "pop", "discard"}, node):
                if owner_text(call) == name and not _breaks_after(tree, call):
                    yield call


def _breaks_after(tree: Tree, call: ast.AST) -> bool:
    body = getattr(tree.parents.get(tree.statement(call)), "body", [])
    return bool(body) and isinstance(body[-1], (ast.Break, ast.Return))


def never_closed(tree: Tree) -> Iterator[ast.AST]:
    """accept() in a program that closes nothing."""
    closes = tree.calls({"close", "shutdown", "detach", "closing", "shutdown_request", "abort"})
    if not closes and not any(isinstance(n, (ast.With, ast.AsyncWith)) for n in tree.nodes):
        yield from accepts(tree)


def kept_for_ever(tree: Tree) -> Iterator[ast.AST]:
    """append() to a list of the module or the object that nothing is ever taken from."""
    taken = {
        owner_text(c) for c in tree.calls({"remove", "pop", "popleft", "clear", "discard", "get"})
    }
    deleted = {ast.unparse(t) for n in tree.nodes if isinstance(n, ast.Delete) for t in n.targets}
    for call in tree.calls({"append", "add", "extend"}):
        text = owner_text(call)
        local = any(
            isinstance(n, ast.Assign) and any(ast.unparse(t) == text for t in n.targets)
            for n in tree.inside(tree.function(call))
        )
        if (
            text
            and text not in taken
            and not local
            and not any(d.startswith(text) for d in deleted)
        ):
            yield call


def first_only(tree: Tree) -> Iterator[ast.AST]:
    """``ready[0]`` of what select() found, or a break after the first."""
    for node in tree.nodes:
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            number = node.slice.value == 0
            if number and names(node.value) & {"ready", "readable", "events", "r", "rlist"}:
                yield node
        if isinstance(node, ast.For) and names(node.iter) & {"ready", "readable", "events"}:
            yield from (
                n
                for n in tree.inside(node)
                if isinstance(n, ast.Break) and tree.loops(n)[:1] == [node]
            )


def fixed_places(tree: Tree) -> Iterator[ast.AST]:
    """``if len(clients) >= MOST``."""
    for node in tree.nodes:
        if not isinstance(node, ast.Compare) or not isinstance(node.left, ast.Call):
            continue
        counted = called(node.left) == "len" and names(node.left) & CLIENTS
        if counted and isinstance(node.ops[0], (ast.Gt, ast.GtE, ast.Lt, ast.LtE, ast.Eq)):
            yield node


def quota_of_clients(tree: Tree) -> Iterator[ast.AST]:
    """A count of clients that only grows, and is compared."""
    grown = {
        ast.unparse(n.target)
        for n in tree.nodes
        if isinstance(n, ast.AugAssign)
        and isinstance(n.op, ast.Add)
        and any(tree.calls(ACCEPTING, loop) for loop in tree.loops(n)[:1])
    }
    for node in tree.nodes:
        if isinstance(node, ast.Compare) and ast.unparse(node.left) in grown:
            yield node


FINDERS = {
    "shared-buffer": first_of(shared_buffer, module_buffer),
    "leftover-of-earlier": first_of(shared_buffer, module_buffer),
    "state-by-descriptor": kept_by_number,
    "broadcast": to_everybody,
    "removal-skips-next": removed_in_loop,
    "descriptor-leak": never_closed,
    "memory-leak": kept_for_ever,
    "first-ready-only": first_only,
    "connection-limit": first_of(
        call_of("ThreadPoolExecutor"), call_of("Semaphore", "BoundedSemaphore"), fixed_places
    ),
    "connections-used-up": first_of(
        counted_accepts, quota_of_clients, call_of("Semaphore", "BoundedSemaphore")
    ),
    "killed-by-sigpipe": mention_of("SIGPIPE"),
}
