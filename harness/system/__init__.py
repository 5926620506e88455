"""What the system knows of processes, sockets and ports, whoever they belong to."""
