"""Define the commands of `prober mailbox`."""
