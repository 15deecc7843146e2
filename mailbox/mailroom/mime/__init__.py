"""Turn the bytes of a message into a `Reply`, once."""
