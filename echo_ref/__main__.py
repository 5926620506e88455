"""`python -m echo_ref` runs the server."""

from echo_ref.command import main

if __name__ == "__main__":
    raise SystemExit(main())
