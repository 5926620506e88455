"""Run an inet super-server in the foreground, with a configuration of one service.

    python superserver.py xinetd|inetutils|openbsd  echo|echo-udp|cat  PROGRAM HOST PORT

`echo` and `echo-udp` are the super-server's own services of RFC 862, `cat` an external cat for each
connection.
The configuration lives in a temporary folder; no file and no privilege of the system is used, and
every limit is the program's own default.
"""

import getpass
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import FrameType

XINETD = """\
defaults
{{
    log_type = FILE {folder}/log
}}
service echo
{{
    type        = {type} UNLISTED
    socket_type = {socket}
    protocol    = {protocol}
    wait        = {wait}
    user        = {user}
    bind        = {host}
    port        = {port}
    {server}
}}
"""


def configuration(kind: str, service: str, host: str, port: str, folder: Path) -> str:
    """The text of the configuration file; the addresses are bound as each dialect has it."""
    user = getpass.getuser()
    cat = shutil.which("cat") or "/bin/cat"
    own, udp = service != "cat", service == "echo-udp"
    if kind == "xinetd":
        return XINETD.format(
            folder=folder,
            type="INTERNAL" if own else "",
            socket="dgram" if udp else "stream",
            protocol="udp" if udp else "tcp",
            wait="yes" if udp else "no",
            server=f"id = echo-{'dgram' if udp else 'stream'}" if own else f"server = {cat}",
            user=user,
            host=host,
            port=port,
        )
    program = "internal" if own else f"{cat} cat"
    # These two know their own service by its name only: see `renumbered`.
    how = "dgram udp wait" if udp else "stream tcp nowait"
    return f"{host}:{'echo' if own else port} {how} {user} {program}\n"


def command(kind: str, program: str, file: Path) -> list[str]:
    """The command that reads `file` and stays in the foreground."""
    pid = file.with_name("pid")
    return {
        "xinetd": [program, "-dontfork", "-f", str(file), "-pidfile", str(pid)],
        "inetutils": [program, "--debug", f"--pidfile={pid}", str(file)],
        "openbsd": [program, "-i", str(file)],
    }[kind]


def renumbered(argv: list[str], port: str, folder: Path) -> list[str]:
    """`argv` in a mount namespace of its own, whose /etc/services gives echo the number `port`."""
    services = folder / "services"
    services.write_text(f"echo {port}/tcp\necho {port}/udp\n")
    root = [] if os.geteuid() == 0 else ["--map-root-user"]
    script = 'mount --bind "$0" /etc/services && exec "$@"'
    return ["unshare", "--mount", *root, "sh", "-c", script, str(services), *argv]


def stop(signum: int, frame: FrameType | None) -> None:
    """Leave by the front door, so that the child and the folder go too."""
    sys.exit(0)


def main(kind: str, service: str, program: str, host: str, port: str) -> int:
    """Run until the super-server ends or a signal comes; return its exit status."""
    signal.signal(signal.SIGTERM, stop)
    with tempfile.TemporaryDirectory(prefix="echo-field-") as name:
        file = Path(name, "inetd.conf")
        file.write_text(configuration(kind, service, host, port, file.parent))
        argv = command(kind, program, file)
        if service != "cat" and kind != "xinetd":
            argv = renumbered(argv, port, file.parent)
        with subprocess.Popen(argv) as daemon:
            try:
                return daemon.wait()
            finally:
                daemon.terminate()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
