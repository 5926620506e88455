"""The frozen values that everything else passes on: plans, traces, verdicts, events, reports."""
