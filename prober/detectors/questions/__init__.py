"""Find the question-and-answer section and its threads."""
