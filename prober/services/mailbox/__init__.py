"""Incoming mail: read mailboxes, take in what came another way, and place what no rule could place."""
