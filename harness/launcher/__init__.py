"""The target: launch it, find its listener, watch, pause, measure, limit and stop it.

Besides the driver this is the only place that touches the world.
"""
