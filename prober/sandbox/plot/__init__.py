"""Who plays which part in the embedded world, and what is true there."""
