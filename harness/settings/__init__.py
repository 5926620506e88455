"""What a run is to do: from a command line, a file or a call to one frozen value."""
