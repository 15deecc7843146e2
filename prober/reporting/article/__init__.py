"""Check the figures of a draft article against those of the survey."""
