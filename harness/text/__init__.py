"""Words from outside: made safe to show, read within bounds, and guessed at when misspelt."""
