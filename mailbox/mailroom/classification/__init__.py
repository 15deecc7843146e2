"""Say what a `Reply` is, by ordered rules that name themselves and the words that made them fire."""
