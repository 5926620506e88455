"""The constants of a Python program, found in its parsed form."""

from __future__ import annotations

import ast
import operator
import warnings
from collections.abc import Callable, Iterator

from harness.values.dictionary import LARGEST, Constant, is_constant

SEARCHING = frozenset(
    {
        *("startswith", "endswith", "find", "rfind", "index", "rindex", "count", "split"),
        *("rsplit", "partition", "rpartition", "removeprefix", "removesuffix", "replace"),
        *("strip", "lstrip", "rstrip", "search", "match", "fullmatch", "compile", "readuntil"),
    }
)
"""Methods whose argument is looked for in the data."""
OPERATORS: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.LShift: operator.lshift,
    ast.Pow: operator.pow,
}
MOST_EXPONENT = 32
"""Of a power or a shift: what is larger is no constant that we want."""


def tree_of(source: str) -> ast.Module | None:
    """The parsed program; None for a text that is none, or is nested too deeply."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def constants(tree: ast.Module, name: str) -> list[Constant]:
    """The constants of the program ``tree``, which stands in the file ``name``."""
    nodes = list(ast.walk(tree))
    deciding = {id(one) for node in nodes for part in _decided_by(node) for one in ast.walk(part)}
    names = {found for node in nodes if id(node) in deciding and (found := _name(node))}
    for node in nodes:
        if assigned := _named_value(node, names):
            deciding |= {id(one) for one in ast.walk(assigned)}
    beside = {id(one) for node in nodes for one in _no_data(node)}
    return [
        Constant(value, f"{name}, line {node.lineno}", id(node) in deciding)
        for node in nodes
        if isinstance(node, ast.expr) and id(node) not in beside
        if (value := _value(node)) is not None
    ]


def imported(tree: ast.Module) -> Iterator[str]:
    """The dotted names of the modules that ``tree`` imports; relative ones without their dots."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if base:
                yield base
            yield from (f"{base}.{alias.name}".lstrip(".") for alias in node.names)


def _decided_by(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of ``node`` whose value decides which way the program goes, or where it cuts."""
    match node:
        case ast.Compare():
            yield node
        case ast.BinOp(op=ast.Mod() | ast.BitAnd(), right=right):
            yield right
        case ast.MatchValue(value=value):
            yield value
        case ast.Slice():
            yield node
        case ast.Call(func=ast.Attribute(attr=attr), args=args) if attr in SEARCHING:
            yield from args
        case _:
            return


def _name(node: ast.AST) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else None


def _named_value(node: ast.AST, names: set[str]) -> ast.expr | None:
    """The value of an assignment to one of ``names``."""
    match node:
        case ast.Assign(targets=[target], value=value) if _name(target) in names:
            return value
        case ast.AnnAssign(target=target) if _name(target) in names:
            return node.value
        case _:
            return None


def _no_data(node: ast.AST) -> Iterator[ast.AST]:
    """What stands in ``node`` and is no constant of its own: docstrings, parts of a product."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        yield node.value
    elif isinstance(node, ast.BinOp | ast.Call) and _value(node) is not None:
        yield from (one for one in ast.walk(node) if one is not node)


def _value(node: ast.AST) -> int | bytes | None:
    """The constant that ``node`` is; None if it is none that we want."""
    found: object = None
    match node:
        case ast.Constant(value=str() as text):
            found = text.encode("utf-8", "replace")
        case ast.Constant(value=value):
            found = value
        case ast.BinOp():
            found = _number(node)
        case ast.Call(
            func=ast.Name(id="bytes"), args=[ast.List(elts=parts) | ast.Tuple(elts=parts)]
        ):
            found = _packed(parts)
        case ast.Call(func=ast.Attribute(attr="fromhex"), args=[ast.Constant(value=str() as text)]):
            found = _from_hex(text)
        case _:
            return None
    return found if is_constant(found) else None  # type: ignore[return-value]


def _number(node: ast.AST) -> int | None:
    """The number that ``4 * 1024`` or ``1 << 12`` is."""
    match node:
        case ast.Constant(value=value) if type(value) is int and value <= LARGEST:
            return value
        case ast.BinOp(left=left, op=op, right=right):
            first, second = _number(left), _number(right)
            apply = OPERATORS.get(type(op))
            if first is None or second is None or apply is None:
                return None
            if isinstance(op, ast.LShift | ast.Pow) and not 0 <= second <= MOST_EXPONENT:
                return None
            if isinstance(op, ast.FloorDiv) and second == 0:
                return None
            made = apply(first, second)
            return made if 0 <= made <= LARGEST else None
        case _:
            return None


def _packed(parts: list[ast.expr]) -> bytes | None:
    numbers = [_number(part) for part in parts]
    if not all(number is not None and 0 <= number < 256 for number in numbers):
        return None
    return bytes(number for number in numbers if number is not None)


def _from_hex(text: str) -> bytes | None:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return None
