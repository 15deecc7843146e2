"""Simulate mail: SMTP, IMAP and DNS servers, and the offices that answer."""
