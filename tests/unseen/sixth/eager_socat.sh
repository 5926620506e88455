#!/bin/bash
# Bug: with -t0 socat ends as soon as the client has ended its side, and does not wait for what cat
#     has not given back yet.
# Cause: half-close-ends-at-once
# Also: pending-dropped-at-end, end-with-data-lost
# Profile: concurrent
# Port: 20121
exec socat -t0 TCP-LISTEN:20121,bind=127.0.0.1,reuseaddr,fork,backlog=128 EXEC:cat
