"""Many targets, or many ranges of seeds, on several processes or machines."""
