"""Serve results.db with Datasette, and add the pages of the survey to it: map, what could not be seen, replies, changes, Atom feed.

The pages are drawn on the server by the templates of the report. They load nothing from another host and run no script.
"""
