"""The pages that `prober serve` adds to Datasette: start, headline, map, coverage, replies, changes, provinces, Atom.

They are drawn on the server by the templates of the report, ask nothing of any other host and run no script.
"""
