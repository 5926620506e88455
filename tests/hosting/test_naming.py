"""Names of handlers: MODULE:NAME, and what is told of others."""

from __future__ import annotations

import pytest

from harness.hosting.naming import KINDS, Name, parse


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("server:handle", Name("server", "handle")),
        ("a.b_c:Echo.handle", Name("a.b_c", "Echo.handle")),
        ("größe:ändern@trio", Name("größe", "ändern", "trio")),
        *((f"s:h@{kind}", Name("s", "h", kind)) for kind in KINDS),
    ],
)
def test_names(text: str, name: Name) -> None:
    """A module and a name in it, both perhaps dotted, and the kind if it is said."""
    assert parse(text) == name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("server", "form MODULE:NAME"),
        ("", "form MODULE:NAME"),
        ("server:", "form MODULE:NAME"),
        (":handle", "form MODULE:NAME"),
        ("server:handle()", "form MODULE:NAME"),
        ("server:1", "form MODULE:NAME"),
        ("ser ver:handle", "form MODULE:NAME"),
        ("a:b:c", "form MODULE:NAME"),
        ("server.py:handle", "as in an import: server:handle"),
        ("./src/server.py:handle", "as in an import: src.server:handle"),
        ("server.py", "as in an import: server:handle"),
        ("server:handle@curio", "there is no kind 'curio'"),
        ("server:handle@", "there is no kind ''"),
    ],
)
def test_what_is_no_name(text: str, said: str) -> None:
    """It is shown, with what is wrong with it, on one line."""
    with pytest.raises(ValueError, match=r"\A.*\Z") as caught:
        parse(text)
    assert said in str(caught.value)
    assert repr(text) in str(caught.value)
