"""Visit one site by the search protocol: decide the next step, learn from each result. Only visit_runner fetches."""
