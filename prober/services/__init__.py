"""Carry out the use cases: one function for each. Commands, the nightly run and the demo call these."""
