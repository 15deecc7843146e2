"""List the phrases of offices as regular expressions: one module for each meaning, and one for English.

They are searched in the result of `sentences`: lower case, one spelling of tones, one sentence a line; `[^\\n]` keeps a
phrase within its sentence. A letter typed without accents is searched for the same phrases without accents, so none may
have an escape in upper case (`\\W`).
"""
