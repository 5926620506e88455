"""A Python program as a tree that knows which loop and which function a part is in."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator

LOOPS = (ast.While, ast.For, ast.AsyncFor)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
READING = frozenset({"recv", "recv_into", "recvfrom", "recvmsg", "sock_recv", "sock_recv_into"})
STREAM_READING = frozenset({"read", "read1", "readline", "readexactly", "readuntil", "readinto"})
SENDING = frozenset({"send", "sendall", "sock_sendall"})
WRITING = SENDING | {"write", "writelines"}


Finder = Callable[["Tree"], Iterable[ast.AST]]
"""Yields the parts of a program that could be meant."""


class Tree:
    """A parsed program."""

    def __init__(self, root: ast.Module) -> None:
        self.root = root
        self.nodes = list(ast.walk(root))
        self.parents = {child: node for node in self.nodes for child in ast.iter_child_nodes(node)}

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        """What ``node`` is in, from the inside out."""
        while (parent := self.parents.get(node)) is not None:
            yield parent
            node = parent

    def loops(self, node: ast.AST) -> list[ast.AST]:
        """The loops around ``node`` in its own function, the innermost first."""
        found: list[ast.AST] = []
        for outer in self.above(node):
            if isinstance(outer, FUNCTIONS):
                break
            if isinstance(outer, LOOPS):
                found.append(outer)
        return found

    def function(self, node: ast.AST) -> ast.AST:
        """The function that ``node`` is in, or the module."""
        return next((a for a in self.above(node) if isinstance(a, FUNCTIONS)), self.root)

    def inside(self, node: ast.AST) -> Iterator[ast.AST]:
        """``node`` and what is in it, without other functions that are defined there."""
        waiting = [node]
        while waiting:
            one = waiting.pop()
            yield one
            waiting += [
                child
                for child in ast.iter_child_nodes(one)
                if not isinstance(child, (*FUNCTIONS, ast.ClassDef))
            ]

    def calls(
        self, names: frozenset[str] | set[str], within: ast.AST | None = None
    ) -> list[ast.Call]:
        """Calls of a method or function with one of ``names``."""
        nodes = self.nodes if within is None else self.inside(within)
        return [n for n in nodes if isinstance(n, ast.Call) and called(n) in names]

    def statement(self, node: ast.AST) -> ast.AST:
        """The statement that ``node`` is a part of."""
        if isinstance(node, ast.stmt):
            return node
        return next((a for a in self.above(node) if isinstance(a, ast.stmt)), node)

    def is_test(self, node: ast.AST) -> bool:
        """Whether ``node`` is compared, or decides of a branch: it changes nothing then."""
        below: ast.AST = node
        for outer in self.above(node):
            if isinstance(outer, (ast.Compare, ast.BoolOp)):
                return True
            if isinstance(outer, (ast.If, ast.While, ast.IfExp)):
                return outer.test is below
            if isinstance(outer, ast.stmt):
                return False
            below = outer
        return False


def called(call: ast.Call) -> str:
    """The last name of what is called."""
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def owner(call: ast.Call) -> str:
    """The name before the dot: ``conn`` of ``conn.recv()``, and of ``loop.sock_recv(conn)``; empty
    where it is no plain name."""
    function = call.func
    if called(call).startswith("sock_"):
        first = call.args[0] if call.args else None
        return first.id if isinstance(first, ast.Name) else ""
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        return function.value.id
    return ""


def owner_text(call: ast.Call) -> str:
    """What stands before the dot, as it is written; empty for a plain function."""
    return ast.unparse(call.func.value) if isinstance(call.func, ast.Attribute) else ""


def names(node: ast.AST) -> set[str]:
    """All names and attributes in ``node``."""
    found = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    return found | {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}


def own_name(node: ast.AST) -> set[str]:
    """The name that ``node`` itself is, or its attribute's; none for anything else."""
    if isinstance(node, ast.Name):
        return {node.id}
    return {node.attr} if isinstance(node, ast.Attribute) else set()


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """The argument that is given by ``name``."""
    return next((k.value for k in call.keywords if k.arg == name), None)


def constants(node: ast.AST) -> Iterator[object]:
    """The values of all constants in ``node``."""
    for one in ast.walk(node):
        if isinstance(one, ast.Constant):
            yield one.value


def leaves(body: list[ast.stmt]) -> bool:
    """Whether ``body`` ends something: the loop, the function, the connection, the process."""
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, (ast.Break, ast.Return, ast.Raise)):
                return True
            if isinstance(node, ast.Call) and called(node) in ("close", "shutdown", "exit"):
                return True
    return False


def is_endless(loop: ast.AST) -> bool:
    """``while True`` and its like, as far as its head says."""
    return isinstance(loop, ast.While) and isinstance(loop.test, ast.Constant)
