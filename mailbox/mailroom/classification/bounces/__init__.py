"""Recognise delivery reports and what they say of each recipient.

Where a new rule goes:

- a phrase that says that a letter did not arrive, in whatever language: `bounce_wordings.WORDINGS`, in the field that
  it means (undelivered, nobody, nowhere, full, refused). A report is then known by it, and the address judged by it;
- the reason that one kind of server gives ("spf", "black list", "message too large"): its row of `permanence.WORDS`;
- an enhanced status code: `permanence.CODES`;
- the address or the name from which reports come, or what shows that a letter only speaks of one: `bounce_patterns`.

Then raise `mailroom.mime.parser.PARSER`, so that `prober mailbox reparse` judges earlier mail again.
"""
