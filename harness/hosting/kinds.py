"""Telling what kind of handler an object is, by what it is and how it can be called."""

from __future__ import annotations

import ast
import functools
import importlib.util
import inspect
import re
import socketserver
import textwrap
from collections.abc import Callable, Mapping
from typing import Any

from harness.hosting.loading import Unfit

FACTORY = "factory"
"""A function without arguments: its kind is that of what it makes."""
LIBRARIES = ("trio", "anyio")
"""Whose handlers are coroutines of one stream, and can't be told apart by their form."""
CHOOSE = "add @KIND to its name"


def must_be_callable(handler: Any) -> None:
    """Raise Unfit, with the reason, unless ``handler`` is a function, a class or the like."""
    if callable(handler):
        return
    if protocol_kind(type(handler)) or isinstance(handler, socketserver.BaseRequestHandler):
        name = type(handler).__name__
        raise Unfit(f"it is an object of {name}; name the class, so that each client has its own")
    raise Unfit(f"it is {_a(handler)}, and no handler")


def kind_of(handler: Any, around: Mapping[str, Any]) -> str:
    """Its kind, one of ``harness.hosting.naming.KINDS``, or FACTORY.

    ``around``: the names of its module.  Raises Unfit if it is no handler, or could be several.
    """
    must_be_callable(handler)
    if inspect.isclass(handler):
        return _kind_of_class(handler)
    count = _needed(handler)
    if is_coroutine(handler):
        if count == 1:
            return _library(handler, around)
        if count == 2:
            return "streams"
        raise Unfit(
            f"it is a coroutine of {_counted(count)}; a handler takes (reader, writer), or a "
            "stream of trio or anyio"
        )
    if count == 0:
        return FACTORY
    if count > 2:
        raise Unfit(
            f"it is a function of {_counted(count)}; a handler takes a connected socket, or "
            "(reader, writer)"
        )
    return "streams" if _takes_writer(handler) else "socket"


def kind_of_made(made: Any) -> str:
    """The kind of a protocol factory that made ``made``.  Raises Unfit if that is no protocol."""
    if not inspect.isclass(made) and (kind := protocol_kind(type(made))):
        return kind
    raise Unfit(
        f"it is a function without arguments that returns {_a(made)}; a handler takes a connected "
        "socket, a stream, or (reader, writer), or makes an asyncio protocol"
    )


def beginning_with(first: Any, factory: Callable[[], Any]) -> Callable[[], Any]:
    """``factory``, with ``first`` as what it makes first: nothing that was made is thrown away."""
    made = [first]
    return lambda: made.pop() if made else factory()


def protocol_kind(found: type) -> str | None:
    """Which kind of asyncio's protocols a class is, by the methods that asyncio calls; or None.

    Raises Unfit if it could be both.
    """
    stream = hasattr(found, "data_received") or hasattr(found, "buffer_updated")
    datagram = hasattr(found, "datagram_received")
    if stream and datagram:
        raise Unfit(f"{found.__name__} takes streams and datagrams: {CHOOSE}")
    if stream:
        return "protocol"
    return "datagram-protocol" if datagram else None


def takes_address(handler: Callable[..., Any]) -> bool:
    """Whether a function of a socket must have the client's address as well."""
    return _needed(handler) == 2


def is_coroutine(handler: Any) -> bool:
    """Whether a call of ``handler`` makes a coroutine."""
    plain = _unwrapped(handler)
    return inspect.iscoroutinefunction(plain) or inspect.iscoroutinefunction(
        getattr(plain, "__call__", None)  # noqa: B004 - its kind is asked for, not whether it is
    )


def _kind_of_class(found: type) -> str:
    if issubclass(found, socketserver.DatagramRequestHandler):
        return "socketserver-udp"
    if issubclass(found, socketserver.BaseRequestHandler):
        return "socketserver-udp" if _takes_pair(found) else "socketserver"
    if kind := protocol_kind(found):
        return kind
    raise Unfit(
        f"the class {found.__name__} is neither an asyncio protocol nor a request handler of "
        "socketserver"
    )


def _takes_pair(found: type) -> bool:
    """Whether a request handler takes its request apart, which is a datagram and a socket then: a
    connection cannot be."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(found)))
    except (OSError, TypeError, SyntaxError):
        return False
    return any(map(_takes_request_apart, ast.walk(tree)))


def _takes_request_apart(node: ast.AST) -> bool:
    """``self.request[0]``, or ``data, sock = self.request``."""
    if isinstance(node, ast.Subscript):
        return _is_request(node.value)
    return (
        isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Tuple)
        and _is_request(node.value)
    )


def _is_request(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "request"


def _needed(handler: Callable[..., Any]) -> int:
    """How many arguments must be given by position.  Raises Unfit if nobody can know."""
    try:
        parameters = inspect.signature(handler).parameters.values()
    except (TypeError, ValueError):
        raise Unfit(f"nobody can tell how to call it: {CHOOSE}") from None
    needed = [p for p in parameters if p.default is p.empty and p.kind not in _MANY]
    if any(p.kind is p.KEYWORD_ONLY for p in needed):
        raise Unfit(f"it needs {needed[-1].name!r} as a keyword, which nobody gives")
    if not needed and any(p.kind is p.VAR_POSITIONAL for p in parameters):
        raise Unfit(f"it takes any number of arguments: {CHOOSE}")
    return len(needed)


_MANY = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def _takes_writer(handler: Callable[..., Any]) -> bool:
    """Whether a plain function is meant for asyncio.start_server, which takes those too."""
    names = [name.lower() for name in inspect.signature(handler).parameters]
    return len(names) > 1 and "reader" in names[0] and "writer" in names[1]


def _library(handler: Callable[..., Any], around: Mapping[str, Any]) -> str:
    """trio or anyio: by the annotation, else by what the module imports, else what there is."""
    first = next(iter(inspect.signature(handler).parameters.values()))
    for found in (_named_in(first.annotation, around), _imported(around), _installed()):
        if len(found) == 1:
            return found.pop()
        if found:
            break
    else:
        raise Unfit("a coroutine of one stream needs trio or anyio, and neither is installed")
    raise Unfit("it may be meant for trio or for anyio: add @trio or @anyio to its name")


def _named_in(annotation: Any, around: Mapping[str, Any]) -> set[str]:
    if isinstance(annotation, str):
        words = re.findall(r"[\w.]+", annotation)
        tops = {word.partition(".")[0] for word in words}
        return {*tops, *(_home(around.get(top)) for top in tops)} & set(LIBRARIES)
    return {_home(annotation)} & set(LIBRARIES)


def _imported(around: Mapping[str, Any]) -> set[str]:
    return {_home(value) for value in around.values()} & set(LIBRARIES)


def _installed() -> set[str]:
    return {name for name in LIBRARIES if importlib.util.find_spec(name)}


def _home(value: Any) -> str:
    """The package that a module, a class or a function is of."""
    name = value.__name__ if inspect.ismodule(value) else getattr(value, "__module__", None)
    return name.partition(".")[0] if isinstance(name, str) else ""


def _unwrapped(handler: Any) -> Any:
    while isinstance(handler, functools.partial):
        handler = handler.func
    return inspect.unwrap(handler)


def _counted(count: int) -> str:
    return f"{count} arguments" if count else "no arguments"


def _a(found: Any) -> str:
    if found is None or inspect.ismodule(found):
        return "a module" if found else "None"
    return f"an object of the type {type(found).__name__}"
