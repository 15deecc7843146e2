"""What people read: the HTML report, Datasette with its texts, and the schema page. Rows in, pages out."""
