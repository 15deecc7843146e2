"""The commands of `prober mailbox`."""
