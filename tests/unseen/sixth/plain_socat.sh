#!/bin/bash
# Bug: after the client's end socat waits for half a second at most until something can be passed
#     on, and then ends: a client that reads later than that loses what is still on its way.
# Cause: pending-dropped-at-end
# Also: half-close-ends-at-once
# Profile: concurrent
# Port: 20121
exec socat TCP-LISTEN:20121,bind=127.0.0.1,reuseaddr,fork,backlog=128 EXEC:cat
