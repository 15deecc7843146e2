"""Serve the embedded world over HTTP: proxy, certificates, encodings, log."""
