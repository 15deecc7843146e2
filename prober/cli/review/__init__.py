"""Define the commands of `prober review`."""
