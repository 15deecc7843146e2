"""Read the text of files, in child processes with limits of time and memory."""
