#!/bin/bash
# Bug: the data goes through tr, which makes small letters capital.
# Cause: case-changed
# Beside: descriptor-famine
# Caught by: identity/hello
# Profile: concurrent
# Port: 28002
exec socat -t 30 TCP-LISTEN:28002,bind=127.0.0.1,reuseaddr,fork,backlog=128 \
    EXEC:'stdbuf -o0 tr a-z A-Z'
