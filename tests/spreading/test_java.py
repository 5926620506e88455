"""Which class of a Java file is started."""

from __future__ import annotations

import pytest

from harness.spreading.java import main_class


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("public class Server { public static void main(String[] a) {} }", "Server"),
        ("class Worker { void run() {} }\nclass Echo { static void main(String[] a) {} }", "Echo"),
        ("class Echo { class Inner {} static void main(String[] a) {} }", "Echo"),
        ("package net.echo; final class Echo { static void main(String[] a) {} }", "net.echo.Echo"),
        ("record R(int x) {} enum Echo { A; static void main(String... a) {} }", "Echo"),
        ("// class Wrong {\nclass Echo { /* } */ static void main(String[] a) {} }", "Echo"),
        ('class A { String s = "} class Wrong {"; static void main(String[] a) {} }', "A"),
        ("class A { char c = '{'; } class Echo { static void main(String[] a) {} }", "Echo"),
        ('class A { String s = """\n  {\n"""; } class B { static void main(String[] a) {} }', "B"),
        ("class Echo { void domain() {} }", None),
        ("void main() {}", None),
        ("", None),
    ],
)
def test_the_class_around_main_is_started(source: str, name: str | None) -> None:
    """Whatever else is in the file; None where there is none."""
    assert main_class(source) == name
