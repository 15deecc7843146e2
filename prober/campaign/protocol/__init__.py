"""Read and write the protocol file of a campaign."""
