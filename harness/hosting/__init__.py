"""A host for a handler: the program ``python -m harness.hosting MODULE:NAME``.

Who writes a library has a handler, and no program that listens.  This one imports the handler,
listens on ``$HOST`` and ``$PORT``, and serves clients with it by means of the library that it is
made for.  To everybody else it is one more command line, and it imports nothing of the harness.
"""
