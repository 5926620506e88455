"""Small exchanges that find something out about a target and judge nothing."""
