"""Causes that show in how threads, tasks and processes are started, and in what they hold."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.diagnosis.where.calls import mention_of
from harness.diagnosis.where.loops import ACCEPTING, accepts, reading_loop, reads
from harness.diagnosis.where.tree import (
    FUNCTIONS,
    Tree,
    is_endless,
    keyword,
    names,
    owner,
    owner_text,
)

TASKS = frozenset({"Thread", "create_task", "ensure_future", "submit", "start_soon", "call_soon"})


def loop_variable(tree: Tree) -> Iterator[ast.AST]:
    """A thread's function without arguments, which reads a variable that the accept loop sets."""
    for call in tree.calls({"Thread", "Process"}):
        target = keyword(call, "target")
        bare = keyword(call, "args") is None and keyword(call, "kwargs") is None
        accepting = [loop for loop in tree.loops(call) if tree.calls(ACCEPTING, loop)]
        if not bare or not accepting:
            continue
        if isinstance(target, ast.Lambda) and not target.args.defaults:
            bodies: list[ast.AST] = [target.body]
        elif isinstance(target, ast.Name):
            bodies = _without_arguments(tree, target.id)
        else:
            continue
        if any(names(body) & _set_in(loop) for body in bodies for loop in accepting):
            yield call


def _without_arguments(tree: Tree, name: str) -> list[ast.AST]:
    """The functions of that name that take nothing."""
    defined = (n for n in tree.nodes if isinstance(n, ast.FunctionDef) and n.name == name)
    return [n for n in defined if not n.args.args]


def _set_in(loop: ast.AST) -> set[str]:
    """The variables that the loop itself gives a value, and no function that is defined in it."""
    found: set[str] = set()
    parts = [loop]
    for part in parts:
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            found.add(part.id)
        elif not isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            parts += ast.iter_child_nodes(part)
    return found


def closed_after_start(tree: Tree) -> Iterator[ast.AST]:
    """close() in the loop that accepts, where a thread or task has the connection."""
    for call in accepts(tree):
        for loop in tree.loops(call)[:1]:
            starts = tree.calls(TASKS, loop)
            own = _names_of(tree.statement(call))
            for close in tree.calls({"close"}, loop):
                late = starts and close.lineno > starts[0].lineno
                handles = any(isinstance(a, ast.ExceptHandler) for a in tree.above(close))
                if late and owner(close) in own and not handles:
                    yield close
            for with_ in (n for n in tree.inside(loop) if isinstance(n, ast.With)):
                held = {n for item in with_.items for n in names(item.context_expr)}
                if tree.calls(TASKS, with_) and held & own:
                    yield with_


def _names_of(statement: ast.AST) -> set[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return {n for target in targets for n in names(target)}


def daemons_left(tree: Tree) -> Iterator[ast.AST]:
    """Daemon threads of a program whose accept loop ends."""
    for call in tree.calls({"Thread"}):
        value = keyword(call, "daemon")
        daemon = isinstance(value, ast.Constant) and value.value is True
        endless = any(is_endless(loop) for loop in tree.loops(call))
        if daemon and not endless and not tree.calls({"join"}):
            yield call


def lock_without_finally(tree: Tree) -> Iterator[ast.AST]:
    """acquire() whose release() is in no ``finally``."""
    safe = {
        owner_text(c)
        for node in tree.nodes
        if isinstance(node, ast.Try)
        for statement in node.finalbody
        for c in tree.calls({"release"}, statement)
    }
    for call in tree.calls({"acquire"}):
        if owner_text(call) not in safe:
            yield call


def worker_without_try(tree: Tree) -> Iterator[ast.AST]:
    """A loop that takes clients from a queue (or accepts them), and is left by any error."""
    for call in tree.calls({"get", "accept"}):
        loops = tree.loops(call)
        function = tree.function(call)
        if not loops or not isinstance(function, FUNCTIONS) or call.args:
            continue
        served = [n for n in tree.inside(loops[-1]) if isinstance(n, ast.Try) and n.handlers]
        started = isinstance(function, ast.FunctionDef) and any(
            isinstance(t := keyword(c, "target"), ast.Name) and t.id == function.name
            for c in tree.calls({"Thread", "Process"})
        )
        if started and not served:
            yield call


def task_for_each_read(tree: Tree) -> Iterator[ast.AST]:
    """A thread or task that is started in the loop that reads."""
    for call in tree.calls(TASKS):
        loop = reading_loop(tree, call)
        beside = loop is not None and any(loop in tree.loops(read) for read in reads(tree))
        if beside or getattr(tree.function(call), "name", "") == "data_received":
            yield call


def forked_without_wait(tree: Tree) -> Iterator[ast.AST]:
    waits = tree.calls({"wait", "waitpid", "wait3", "wait4"})
    if not waits and not any(mention_of("SIGCHLD")(tree)):
        yield from tree.calls({"fork"})


def forked_without_exit(tree: Tree) -> Iterator[ast.AST]:
    if not tree.calls({"_exit", "exit", "execv", "execvp"}):
        yield from tree.calls({"fork"})


FINDERS = {
    "shared-loop-variable": loop_variable,
    "closed-under-thread": closed_after_start,
    "daemon-thread-exit": daemons_left,
    "lock-kept": lock_without_finally,
    "workers-die": worker_without_try,
    "answers-overtake": task_for_each_read,
    "zombies": forked_without_wait,
    "child-goes-on": forked_without_exit,
}
