"""The commands of `prober review`."""
