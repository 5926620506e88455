"""What the hostile programs are made of: a correct server, taken to pieces."""

# ruff: noqa: F401
import ctypes
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

PORT = int(os.environ.get("PORT", "0"))


def listen(port=PORT, host="127.0.0.1", backlog=64):
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(backlog)
    return listener


def echo(conn):
    try:
        while data := conn.recv(1024):
            conn.sendall(data)
    except OSError:
        pass
    finally:
        conn.close()


def serve(listener=None, echo=echo):
    """One client after another, for ever."""
    listener = listener or listen()
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        echo(conn)


def serve_once(listener=None):
    """One client, and the end."""
    with listener or listen() as opened:
        conn, _ = opened.accept()
        echo(conn)


def daemonise():
    """Leave the parent, its group and its session."""
    if os.fork():
        os._exit(0)
    os.setsid()
    if os.fork():
        os._exit(0)


def prctl(option, argument):
    ctypes.CDLL(None).prctl(option, argument, 0, 0, 0)
