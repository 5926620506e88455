"""A run: which check is performed when, on which instance, and what comes of it."""
