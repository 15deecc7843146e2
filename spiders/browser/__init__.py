"""Render pages and print PDFs with Chromium."""
