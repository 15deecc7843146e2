"""Visit one site: decide the next step, learn from each result. Only visit_runner uses the network."""
