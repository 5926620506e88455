"""What a target may print."""

from tests.hostile import FAILED, SHORT, UNTESTABLE, target

LOUD = (*SHORT, "-v")

WORDS = (
    target(
        "floods-stdout",
        "Prints 20 MB before it serves.",
        """
        for _ in range(320):
            os.write(1, b"y" * 65536)
        serve()
        """,
    ),
    target(
        "floods-stderr-for-ever",
        "A thread that never ceases to print, without a newline.",
        """
        def chatter():
            while True:
                os.write(2, b"noise " * 1000)
        threading.Thread(target=chatter, daemon=True).start()
        serve()
        """,
    ),
    target(
        "escape-sequences",
        "Sends terminal commands and ends.",
        """
        os.write(1, b"\\x1b]0;owned\\x07\\x1b[2J\\x1b[31mred\\x9b31m\\r\\x08\\x7f\\n")
        sys.exit(3)
        """,
        UNTESTABLE,
        says="red",
        options=LOUD,
    ),
    target(
        "bidirectional-overrides",
        "Prints text that is shown in another order than it is read.",
        """
        os.write(2, "\\u202eelif\\u2066 gninrut\\u2069\\u2028\\u200f\\n".encode())
        sys.exit(3)
        """,
        UNTESTABLE,
        options=LOUD,
    ),
    target(
        "invalid-utf-8",
        "Prints bytes that are no text.",
        """
        os.write(2, bytes(range(128, 256)) + b"\\xff\\xfe\\x00\\n")
        sys.exit(3)
        """,
        UNTESTABLE,
        options=LOUD,
    ),
    target(
        "nul-bytes",
        "Prints a line of NUL bytes.",
        """
        os.write(1, bytes(5000) + b"\\n")
        sys.exit(3)
        """,
        UNTESTABLE,
        options=LOUD,
    ),
    target(
        "one-line-of-a-megabyte",
        "Prints a single line of a megabyte.",
        """
        os.write(2, b"long " * 200_000)
        sys.exit(3)
        """,
        UNTESTABLE,
        options=LOUD,
    ),
    target(
        "github-commands",
        "Prints workflow commands, which GitHub's runner would obey.",
        """
        for line in ("::error::mine", "  ::add-mask::e", "::stop-commands::x", "##[error]mine",
                     "##vso[task.complete result=Succeeded]", "x" * 85 + " ::warning::folded"):
            os.write(1, line.encode() + b"\\n")
        sys.exit(3)
        """,
        UNTESTABLE,
        options=LOUD,
        env={"GITHUB_ACTIONS": "true", "CI": "true"},
    ),
    target(
        "github-commands-of-a-failure",
        "The same from a target that is judged and fails.",
        """
        def crash(conn):
            for line in ("::error::mine", "::set-output name=x::y", "##[group]mine"):
                os.write(2, line.encode() + b"\\n")
            raise SystemExit("::error file=a.py::last words")
        serve(echo=crash)
        """,
        FAILED,
        options=LOUD,
        env={"GITHUB_ACTIONS": "true", "CI": "true"},
    ),
    target(
        "markup",
        "Prints what terminals' and pages' libraries take for markup.",
        """
        os.write(2, b"[bold red]not markup[/] <script>alert(1)</script> {{ 7*7 }} [/nothing]\\n")
        sys.exit(3)
        """,
        UNTESTABLE,
        says="[bold red]not markup[/]",
        options=LOUD,
    ),
    target(
        "false-traceback",
        "Prints a traceback that never happened, and serves.",
        """
        print("Traceback (most recent call last):\\n  File x, line 1\\nE: no", file=sys.stderr)
        serve()
        """,
    ),
)
