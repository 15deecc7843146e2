"""Define the commands of `prober campaign`."""
