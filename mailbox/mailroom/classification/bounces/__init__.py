"""Recognise delivery reports and what they say of each recipient.

Where a new rule goes:

- a phrase that says that a letter did not arrive, in any language: `wordings.toml`, in the list of its
  meaning (undelivered, nobody, nowhere, full, refused). Reports are then recognised and addresses judged by it;
- the reason that one kind of server gives ("spf", "black list", "message too large"): its row of `permanence.toml`;
- an enhanced status code: `permanence.CODES`;
- the address or name of a sender of reports, or a sign that a letter only mentions a report: `bounce_patterns`.

Then raise `mailroom.mime.parser.PARSER`, so that `prober mailbox reparse` judges earlier mail again.
"""
