#!/bin/sh
# A job for any CI system: its exit code is the verdict, and the reports are in echo-harness/.
#
#   ../echo-harness/docs/ci/run.sh python server.py
set -eu
[ $# -gt 0 ] || { # an unset variable must not look like a server that is right
    echo "run.sh: no command; write what starts the server after it" >&2
    exit 2
}
: "${VENV:=$(mktemp -d)}"
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
: "${ECHO_HARNESS:=$here/../..}" # what pip installs: this clone, or a name, a folder, a wheel
[ -x "$VENV/bin/echo-harness" ] || {
    python3 -m venv "$VENV"
    "$VENV/bin/python" -m pip install --quiet "$ECHO_HARNESS"
}
exec "$VENV/bin/echo-harness" check \
    --report junit=echo-harness/junit.xml \
    --report json=echo-harness/run.json \
    --report html=echo-harness/report.html \
    -- "$@"
