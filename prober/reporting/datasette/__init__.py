"""Serve results.db with Datasette, and add the pages of the survey to it: headline, map, replies, changes, feeds.

The pages are drawn on the server by the templates of the report. They load nothing from another host and run no script.
"""
