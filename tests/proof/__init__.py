"""The proof: which bugs the harness finds, and that it accuses nobody who is innocent."""
