"""Read the registry of agencies from files, and check its rows."""
