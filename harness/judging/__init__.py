"""From a plan and its trace to findings: pure functions that never touch the world."""
