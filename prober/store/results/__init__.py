"""Read and write results.db, the data that may be published."""
