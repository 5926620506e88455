"""Causes that show in a comparison which decides that something ends."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from harness.diagnosis.where.tree import READING, Tree, called, constants, leaves

SHORT = (ast.Lt, ast.NotEq)
FULL = (ast.Eq, ast.GtE)


def _is_length(node: ast.AST, tree: Tree) -> bool:
    """``len(x)``, or a name that a read into a buffer has filled."""
    if isinstance(node, ast.Call):
        return called(node) == "len"
    return isinstance(node, ast.Name) and node.id in _counts(tree)


def _counts(tree: Tree) -> set[str]:
    return {
        target.id
        for call in tree.calls({"recv_into", "readinto"})
        for target in _targets(tree.parents.get(call))
        if isinstance(target, ast.Name)
    }


def _targets(node: ast.AST | None) -> list[ast.expr]:
    if isinstance(node, ast.Assign):
        return node.targets
    return [node.target] if isinstance(node, ast.NamedExpr) else []


def is_size(node: ast.AST) -> bool:
    """A number above 15, or a name in capitals: what a buffer's size looks like."""
    if isinstance(node, ast.Name):
        return node.id.isupper()
    if isinstance(node, ast.Attribute):
        return node.attr.isupper()
    return any(isinstance(value, int) and value > 15 for value in constants(node))


def _compares(tree: Tree, test: ast.expr, kinds: tuple[type, ...]) -> bool:
    return any(
        isinstance(node, ast.Compare)
        and len(node.ops) == 1
        and isinstance(node.ops[0], kinds)
        and _is_length(node.left, tree)
        and is_size(node.comparators[0])
        for node in ast.walk(test)
    )


def short_read(tree: Tree) -> Iterator[ast.AST]:
    """``if len(data) < 1024: break``, or ``while len(data) == 1024``."""
    for node in tree.nodes:
        if isinstance(node, ast.If) and _compares(tree, node.test, SHORT) and leaves(node.body):
            yield node
        full = isinstance(node, ast.While) and _compares(tree, node.test, FULL)
        if full and tree.calls(READING, node):
            yield node


def full_read(tree: Tree) -> Iterator[ast.AST]:
    """``if len(data) == 1024: break``."""
    for node in tree.nodes:
        if isinstance(node, ast.If) and _compares(tree, node.test, FULL) and leaves(node.body):
            yield node


def bytes_quota(tree: Tree) -> Iterator[ast.AST]:
    """``if total > LIMIT: break``, where ``total`` grows."""
    grown = {
        node.target.id
        for node in tree.nodes
        if isinstance(node, ast.AugAssign)
        and isinstance(node.target, ast.Name)
        and any(isinstance(n, ast.Call) and called(n) == "len" for n in ast.walk(node.value))
    }
    for node in tree.nodes:
        if not isinstance(node, (ast.If, ast.While)) or not isinstance(node.test, ast.Compare):
            continue
        left = node.test.left
        if isinstance(left, ast.Name) and left.id in grown and is_size(node.test.comparators[0]):
            yield node


def magic_word(tree: Tree) -> Iterator[ast.AST]:
    """A comparison with a word."""
    yield from _compared_with(tree, lambda text: len(text) > 1 and text.isalpha())


def magic_byte(tree: Tree) -> Iterator[ast.AST]:
    """A comparison with one byte, or with a number that is one."""
    yield from _compared_with(tree, lambda text: len(text) == 1)


def _compared_with(tree: Tree, fits: Callable[[bytes], bool]) -> Iterator[ast.AST]:
    for node in tree.nodes:
        if isinstance(node, ast.Compare):
            if any(isinstance(a, ast.If) and _is_main(a) for a in tree.above(node)):
                continue
            candidates = [node.left, *node.comparators]
            if not all(isinstance(op, (ast.Eq, ast.NotEq, ast.In, ast.NotIn)) for op in node.ops):
                continue
        elif isinstance(node, ast.Call) and called(node) in ("startswith", "endswith", "find"):
            candidates = list(node.args)
        else:
            continue
        texts = [_text(one) for one in candidates]
        if any(text is not None and fits(text) for text in texts):
            yield node


def _is_main(node: ast.If) -> bool:
    return "__main__" in constants(node.test)


def _text(node: ast.expr) -> bytes | None:
    if isinstance(node, (ast.Tuple, ast.Set, ast.List)):
        texts = [_text(one) for one in node.elts]
        return next((text for text in texts if text is not None), None)
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, str):
        return value.encode("utf-8", "replace").strip()
    return value.strip() or value if isinstance(value, bytes) else None


FINDERS = {
    "short-read-is-end": short_read,
    "full-read-is-end": full_read,
    "bytes-quota": bytes_quota,
    "magic-word": magic_word,
    "magic-byte": magic_byte,
}
