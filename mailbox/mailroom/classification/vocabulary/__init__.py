"""The phrases of offices, as regular expressions: a module for each meaning, and English in one.

They are read against `sentences`: lower case, one spelling of tones, one sentence a line; `[^\\n]` keeps a phrase
within its sentence. A letter that was typed without accents is read against the same phrases without accents, so none
may have an escape in upper case (`\\W`).
"""
