"""Carry out a campaign of requests, from the protocol to the last letter."""
