"""The machine and the process that the harness itself runs in: what they allow and lack."""
