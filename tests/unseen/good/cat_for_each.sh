#!/bin/bash
# Style: socat starts cat for each client and waits long for its last words
# Profile: concurrent
# Port: $PORT
exec socat -t 60 "TCP-LISTEN:$PORT,bind=127.0.0.1,reuseaddr,fork,backlog=128" EXEC:cat
