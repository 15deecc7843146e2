"""The commands of `prober campaign`."""
