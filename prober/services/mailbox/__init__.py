"""Read mailboxes, import mail that came another way, and assign messages that no rule could match."""
