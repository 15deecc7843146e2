"""Parts of a night besides the commands that it calls: its steps, a second look at itself, and what may be deleted."""
