"""Read mailboxes over IMAP without changing them."""
