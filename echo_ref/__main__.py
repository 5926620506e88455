"""`python -m echo_ref` runs the server."""

from echo_ref.server import main

if __name__ == "__main__":
    raise SystemExit(main())
