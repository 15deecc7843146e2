"""Check recipients, days, servers and the sender's domain before the letters are sent."""
