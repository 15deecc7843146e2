"""Read and write private.db: the truth about correspondence."""
