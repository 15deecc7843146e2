"""Apply the law on access to information: deadlines, and what a request must contain."""
