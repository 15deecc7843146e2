"""Check recipients, days, servers and the sender's domain before a wave leaves."""
