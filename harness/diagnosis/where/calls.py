"""Causes that show in one call: a table of the names that are called."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.diagnosis.where.tree import (
    READING,
    SENDING,
    STREAM_READING,
    WRITING,
    Finder,
    Tree,
    called,
    constants,
    keyword,
    names,
    own_name,
)

LINE_FILES = {"lines", "reader", "stream", "rfile", "file", "f", "infile"}
"""Names that files of lines usually have."""


def call_of(*known: str, tests: bool = False) -> Finder:
    """Calls of one of ``known``; those that are only compared are left out unless ``tests``."""

    def find(tree: Tree) -> Iterator[ast.AST]:
        for call in tree.calls(set(known)):
            if tests or not tree.is_test(call):
                yield call

    return find


def first_of(*finders: Finder) -> Finder:
    """What the first finder finds that finds anything."""

    def find(tree: Tree) -> Iterator[ast.AST]:
        for finder in finders:
            if found := list(finder(tree)):
                yield from found
                return

    return find


def mention_of(*known: str) -> Finder:
    """Lines that name a constant or a method."""

    def find(tree: Tree) -> Iterator[ast.AST]:
        for node in tree.nodes:
            if own_name(node) & set(known):
                yield node

    return find


def waited_for(known: frozenset[str] | None) -> Finder:
    """``wait_for()`` of a call of one of ``known``; None: of something that neither reads nor
    writes."""

    def find(tree: Tree) -> Iterator[ast.AST]:
        for call in tree.calls({"wait_for", "timeout", "timeout_at"}):
            around = tree.parents.get(tree.parents.get(call, call), call)
            what = around if isinstance(around, (ast.With, ast.AsyncWith)) else call
            pace = READING | STREAM_READING | WRITING | {"drain", "send_all"}
            inside = {called(c) for c in ast.walk(what) if isinstance(c, ast.Call)}
            if inside & known if known is not None else not inside & pace:
                yield call

    return find


def decode_with_errors(tree: Tree) -> Iterator[ast.AST]:
    for call in tree.calls({"decode", "encode", "str"}):
        if keyword(call, "errors") is not None or len(call.args) > 1 + (called(call) == "str"):
            yield call


def thread_called(tree: Tree) -> Iterator[ast.AST]:
    for call in tree.calls({"Thread", "Timer", "Process", "submit"}):
        target = keyword(call, "target")
        if isinstance(target, ast.Call) and called(target) != "partial":
            yield call


def thread_alone(tree: Tree) -> Iterator[ast.AST]:
    """A target that needs arguments and gets none, or ``args=(conn)``, which is no tuple."""
    needs = {
        node.name
        for node in tree.nodes
        if isinstance(node, ast.FunctionDef) and len(node.args.args) > len(node.args.defaults)
    }
    for call in tree.calls({"Thread", "Process"}):
        target, args = keyword(call, "target"), keyword(call, "args")
        given = args is not None or keyword(call, "kwargs") is not None
        if isinstance(target, ast.Name) and target.id in needs and not given:
            yield call
        if isinstance(args, ast.Name) and args.id in ("conn", "client", "sock", "connection"):
            yield call


def bind_alone(tree: Tree) -> Iterator[ast.AST]:
    """bind() without SO_REUSEADDR; or the setsockopt() that comes after it."""
    set_ = [c for c in tree.calls({"setsockopt"}) if "SO_REUSEADDR" in names(c)]
    binds = tree.calls({"bind"})
    if not set_ and "allow_reuse_address" not in {n for b in tree.nodes for n in own_name(b)}:
        yield from binds
    for call in set_:
        before = [b for b in binds if tree.function(b) is tree.function(call)]
        if before and call.lineno > before[0].lineno:
            yield call


def added(tree: Tree) -> Iterator[ast.AST]:
    """A constant text is added to what is sent."""
    for call in tree.calls(WRITING):
        for node in (n for argument in call.args for n in ast.walk(argument)):
            adds = isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Mod))
            if (adds or isinstance(node, ast.JoinedStr)) and any(
                isinstance(value, (bytes, str)) and value for value in constants(node)
            ):
                yield call


def constant_sent(tree: Tree) -> Iterator[ast.AST]:
    sends = tree.calls(SENDING)
    for call in sends:
        if len(sends) == 1 and call.args and isinstance(call.args[0], ast.Constant):
            yield call


def text_file(tree: Tree) -> Iterator[ast.AST]:
    """makefile() in text mode."""
    for call in tree.calls({"makefile"}):
        mode = call.args[0] if call.args else keyword(call, "mode")
        value = mode.value if isinstance(mode, ast.Constant) else ("r" if mode is None else "b")
        if isinstance(value, str) and "b" not in value:
            yield call


def whole_lines(tree: Tree) -> Iterator[ast.AST]:
    """readline() and its like, or a loop over a file of lines."""
    yield from tree.calls({"readline", "readuntil"})
    for node in tree.nodes:
        if isinstance(node, (ast.For, ast.AsyncFor)) and own_name(node.iter) & LINE_FILES:
            yield node


def low_bits(tree: Tree) -> Iterator[ast.AST]:
    for node in tree.nodes:
        masks = isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd)
        if masks and 0x7F in constants(node):
            yield node


def ignores_sigterm(tree: Tree) -> Iterator[ast.AST]:
    for call in tree.calls({"signal", "add_signal_handler"}):
        if "SIGTERM" in names(call):
            yield call


def exit_with(tree: Tree) -> Iterator[ast.AST]:
    """sys.exit() with something that is not 0; what a function returns is not known."""
    for call in tree.calls({"exit", "_exit"}):
        argument = call.args[0] if call.args else None
        zero = isinstance(argument, ast.Constant) and not argument.value
        if argument is not None and not zero and not isinstance(argument, ast.Call):
            yield call


def keyboard(tree: Tree) -> Iterator[ast.AST]:
    for call in tree.calls({"input"}):
        if isinstance(call.func, ast.Name):
            yield call


def split_at_nul(tree: Tree) -> Iterator[ast.AST]:
    for call in tree.calls({"split", "partition", "rstrip", "strip", "find", "index"}):
        if b"\0" in constants(call) or "\0" in constants(call):
            yield call


def written_through(tree: Tree) -> Iterator[ast.AST]:
    """A file object that collects what is written: makefile() or fdopen() with a mode to write, or
    the size of the buffer of a StreamRequestHandler, which has none of its own."""
    for node in tree.nodes:
        named = isinstance(node, ast.Assign) and own_name(node.targets[0]) == {"wbufsize"}
        if named and set(constants(node)) != {0}:
            yield node
    for call in tree.calls({"makefile", "fdopen"}):
        mode = keyword(call, "mode") or next(
            (a for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)), None
        )
        if isinstance(mode, ast.Constant) and set(str(mode.value)) & set("wa+"):
            yield call


def sent_to_own(tree: Tree) -> Iterator[ast.AST]:
    """Datagrams to addresses that have a constant in them, as those of clients have not; nothing
    where there is one to another address."""
    calls = list(tree.calls({"sendto"}))
    if all(map(_is_own, calls)):
        yield from calls


def _is_own(call: ast.Call) -> bool:
    address = call.args[-1] if len(call.args) > 1 else None
    parts = address.elts if isinstance(address, ast.Tuple) else [address]
    return any(map(_is_constant, parts))


def _is_constant(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Name) and node.id.isupper())


FINDERS: dict[str, Finder] = {
    "thread-called-not-started": thread_called,
    "thread-without-arguments": thread_alone,
    "datagram-socket": mention_of("SOCK_DGRAM"),
    "answers-own-address": sent_to_own,
    "restart-fails": bind_alone,
    "needs-stdin": keyboard,
    "input-for-recv": keyboard,
    "waits-for-newline": whole_lines,
    "waits-for-full-buffer": first_of(call_of("readexactly"), mention_of("MSG_WAITALL")),
    "not-flushed": written_through,
    "fixed-message-size": call_of("ljust", "zfill", "rjust", "center"),
    "length-prefix": call_of("from_bytes", "unpack", "unpack_from"),
    "gives-up-on-slow-reader": first_of(
        waited_for(WRITING | {"drain", "send_all"}), call_of("settimeout", "setdefaulttimeout")
    ),
    "idle-timeout": first_of(
        waited_for(READING | STREAM_READING), call_of("settimeout", "setdefaulttimeout", "alarm")
    ),
    "time-limit": first_of(
        waited_for(None), call_of("alarm", "call_later", "Timer", "move_on_after")
    ),
    "reset-instead-of-fin": first_of(mention_of("SO_LINGER"), call_of("abort")),
    "exit-status": exit_with,
    "sigterm-ignored": ignores_sigterm,
    "decodes-text": call_of("decode", tests=True),
    "decodes-each-read": call_of("decode", tests=True),
    "lossy-decoding": first_of(decode_with_errors, call_of("decode", tests=True)),
    "strips-whitespace": call_of("strip", "rstrip", "lstrip"),
    "newline-translated": first_of(text_file, call_of("replace")),
    "line-ends-dropped": first_of(call_of("splitlines"), call_of("rstrip", "split", "strip")),
    "cut-at-nul": split_at_nul,
    "case-changed": call_of("upper", "lower", "title", "capitalize", "swapcase", "casefold"),
    "constant-answer": constant_sent,
    "prefix-or-suffix": added,
}
