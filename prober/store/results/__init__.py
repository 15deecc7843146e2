"""Read and write results.db: what may be published."""
