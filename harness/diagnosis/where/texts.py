"""Causes that show in what a program does with the content of a message."""

from __future__ import annotations

import ast
import codecs
from collections.abc import Iterator

from harness.diagnosis.where import ends
from harness.diagnosis.where.calls import call_of, first_of, low_bits, mention_of
from harness.diagnosis.where.tree import SENDING, WRITING, Tree, called, constants, keyword, names

BEFORE = ("last", "prev", "previous", "before", "seen", "old")
OWN_OUTPUT = frozenset({"stdout", "stderr", "log", "logger"})


def telnet(tree: Tree) -> Iterator[ast.AST]:
    """A name IAC, or a comparison with 255."""
    yield from mention_of("IAC")(tree)
    for node in tree.nodes:
        if isinstance(node, ast.Compare):
            values = {v for part in (node.left, *node.comparators) for v in constants(part)}
            if 255 in values or b"\xff" in values:
                yield node
        elif isinstance(node, ast.Call) and called(node) in ("replace", "split", "find", "index"):
            texts = [v for v in constants(node) if isinstance(v, bytes)]
            if any(text.startswith(b"\xff") for text in texts):
                yield node


def byte_order_mark(tree: Tree) -> Iterator[ast.AST]:
    yield from mention_of("BOM_UTF8")(tree)
    for node in tree.nodes:
        if isinstance(node, ast.Constant) and node.value in (
            codecs.BOM_UTF8,
            "utf-8-sig",
            "utf_8_sig",
            "\ufeff",
        ):
            yield node


def formats(tree: Tree) -> Iterator[ast.AST]:
    """What was received is the format: ``text % ...`` or ``text.format(...)``."""
    for node in tree.nodes:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
            named = isinstance(node.left, (ast.Name, ast.Attribute))
            if named and isinstance(node.right, (ast.Tuple, ast.Dict)):
                yield node
        elif isinstance(node, ast.Call) and called(node) in ("format", "format_map", "substitute"):
            value = node.func.value if isinstance(node.func, ast.Attribute) else None
            if value is not None and not isinstance(value, (ast.Constant, ast.JoinedStr)):
                yield node


def repetitions(tree: Tree) -> Iterator[ast.AST]:
    """``if data == last: ...``."""
    for node in tree.nodes:
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.Eq, ast.NotEq)):
            sides = [node.left, *node.comparators]
            plain = all(isinstance(s, (ast.Name, ast.Attribute)) for s in sides)
            found = {name.lower() for side in sides for name in names(side)}
            if plain and any(word in name.split("_") for name in found for word in BEFORE):
                yield node


def first_part(tree: Tree) -> Iterator[ast.AST]:
    """``data.split(b"\\n")[0]``, ``data.partition(...)[0]``, or two names and one of them sent."""
    parting = {"split", "partition", "splitlines", "rsplit", "rpartition"}
    for node in tree.nodes:
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Call):
            first = isinstance(node.slice, ast.Constant) and node.slice.value in (0, 1)
            if called(node.value) in parting and first:
                yield node
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            several = isinstance(node.targets[0], ast.Tuple)
            if called(node.value) in ("partition", "rpartition") and several:
                yield node


def padding(tree: Tree) -> Iterator[ast.AST]:
    for call in tree.calls({"rstrip", "strip"}):
        if b"\0" in constants(call) or "\0" in constants(call):
            yield call


def shown(tree: Tree) -> Iterator[ast.AST]:
    """str(), repr() or an f-string of the data, encoded and sent."""
    written = tree.calls(SENDING) or tree.calls(WRITING)
    sends = [call for call in written if not names(call.func) & OWN_OUTPUT]
    sent = {name for call in sends for argument in call.args for name in names(argument)}
    for node in tree.nodes:
        if not isinstance(node, ast.Call) or not _as_text(node):
            continue
        statement = tree.statement(node)
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        kept = {name for target in targets for name in names(target)}
        if kept & sent or any(outer in sends for outer in tree.above(node)):
            yield node


def _as_text(node: ast.Call) -> bool:
    if called(node) == "encode":
        value = node.func.value if isinstance(node.func, ast.Attribute) else None
        return isinstance(value, ast.JoinedStr) or _shows(value)
    if called(node) == "bytes":
        return bool(node.args) and _shows(node.args[0])
    return called(node) in ("hexlify", "b64encode", "dumps", "hex")


def _shows(node: ast.AST | None) -> bool:
    """``str(x)`` or ``repr(x)``, of one thing."""
    if not isinstance(node, ast.Call) or called(node) not in ("str", "repr", "ascii"):
        return False
    return len(node.args) == 1 and not node.keywords


def few_bits(tree: Tree) -> Iterator[ast.AST]:
    """A number of few bits: ``& 0xffff``, ``% 65536``, ``c_uint16``, ``pack("!H", n)``."""
    masks, sizes = {0xFF, 0xFFFF, 0xFFFFFF}, {0x100, 0x10000, 0x1000000}
    for node in tree.nodes:
        if isinstance(node, (ast.BinOp, ast.AugAssign)):
            values = {value for value in constants(node) if isinstance(value, int)}
            if isinstance(node.op, ast.BitAnd) and values & masks:
                yield node
            if isinstance(node.op, ast.Mod) and values & sizes:
                yield node
        if isinstance(node, ast.Call) and called(node) in (
            "c_uint8",
            "c_uint16",
            "c_ubyte",
            "c_ushort",
        ):
            yield node
        if isinstance(node, ast.Call) and called(node) in ("pack", "pack_into", "array", "Struct"):
            form = node.args[0] if node.args else None
            text = form.value if isinstance(form, ast.Constant) else ""
            if isinstance(text, (str, bytes)) and str(text).strip("b'!<>=@\"") in (
                "B",
                "H",
                "b",
                "h",
            ):
                yield node


def one_size(tree: Tree) -> Iterator[ast.AST]:
    """``len(data) == 4096`` and its like."""
    for node in tree.nodes:
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.Eq, ast.NotEq)):
            counted = _counted(node.left)
            size = node.comparators[0]
            big = isinstance(size, ast.Constant) and isinstance(size.value, int) and size.value > 15
            if counted and (big or (isinstance(size, ast.Name) and size.id.isupper())):
                yield node
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and _counted(node.left):
            yield node


def _counted(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and called(node) == "len"


def largest(tree: Tree) -> Iterator[ast.AST]:
    """``data[:4096]`` in what is sent, or ``if len(data) > 4096``."""
    for call in tree.calls(WRITING):
        for node in (n for argument in call.args for n in ast.walk(argument)):
            begins = isinstance(node, ast.Slice) and node.lower is None
            if begins and any(isinstance(v, int) and v > 15 for v in constants(node)):
                yield call
    for node in tree.nodes:
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.Gt, ast.GtE)):
            left = node.left
            if (
                isinstance(left, ast.Call)
                and called(left) == "len"
                and ends.is_size(node.comparators[0])
            ):
                yield node


def to_ascii(tree: Tree) -> Iterator[ast.AST]:
    for call in tree.calls({"decode", "encode"}):
        error = keyword(call, "errors")
        if "ascii" in constants(call) and error is not None:
            yield call


FINDERS = {
    "telnet": telnet,
    "bom-dropped": byte_order_mark,
    "format-string": formats,
    "repetitions-dropped": repetitions,
    "rest-of-read-discarded": first_part,
    "padding-stripped": padding,
    "representation-sent": shown,
    "counter-wraps": few_bits,
    "exact-size": one_size,
    "message-size-limit": largest,
    "partial-held-back": call_of("getincrementaldecoder", "IncrementalDecoder", "StreamReader"),
    "seven-bit": first_of(low_bits, to_ascii),
    "escapes-interpreted": call_of(
        "eval", "literal_eval", "unquote", "unescape", "Template", "unicode_escape", "unquote_plus"
    ),
}
