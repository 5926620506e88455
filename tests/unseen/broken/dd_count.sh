#!/bin/sh
# Bug: socat starts "dd bs=1000 count=100" for each client; after a hundred reads the connection
#     is over.
# Cause: reads-quota
# Also: bytes-quota
# Beside: descriptor-famine
# Caught by: identity/long-stream
# Profile: concurrent
# Port: $PORT
exec socat -t 30 "TCP-LISTEN:$PORT,bind=127.0.0.1,reuseaddr,fork,backlog=64" \
    SYSTEM:'stdbuf -o0 dd bs=1000 count=100 status=none'
