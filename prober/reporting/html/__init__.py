"""Draw the HTML report and its charts."""
