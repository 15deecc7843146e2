"""Outgoing and incoming mail: the office that sends, receives and files letters."""
