"""Read and write private.db, the source of truth about correspondence."""
