"""Send letters, receive mail, match and classify replies, and derive the outcome of each request."""
