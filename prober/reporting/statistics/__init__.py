"""Pure statistics over values: no database, clock or network. Rows in, figures out."""
