"""Write what people read: the HTML report, the Datasette pages, published snapshots and tables of figures."""
