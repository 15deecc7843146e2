"""Make the files that councils send and publish: accounts as PDF, payments as CSV. The sums are random."""

import random
from datetime import date

from prober.sandbox.sites.sample_documents import pdf

_SUPPLIERS = (
    "Highway Surfacing Ltd",
    "Greenway Waste Services",
    "Borough Care Homes",
    "Northgate Printing",
    "Parks and Trees",
)


def file(name: str, council: str) -> bytes:
    """Return the file `name` of a council: the same name and council, the same bytes."""
    draw = random.Random(f"{council} {name}")
    return _accounts(council, draw) if name.endswith(".pdf") else _payments(council, draw)


def _accounts(council: str, draw: random.Random) -> bytes:
    income = draw.randrange(80, 400)
    lines = [
        council, "Statement of accounts 2018-19 (audited)", "", "Comprehensive income and expenditure statement",
        f"Gross income: {income},{draw.randrange(100, 999)},000 pounds",
        f"Gross expenditure: {income + 3},{draw.randrange(100, 999)},000 pounds",
        f"Usable reserves at 31 March 2019: {draw.randrange(8, 60)},{draw.randrange(100, 999)},000 pounds",
        "Independent auditor's report to the members of the council",
    ]  # fmt: skip
    return pdf(lines, date(2019, 7, 31))


def _payments(council: str, draw: random.Random) -> bytes:
    rows = ["Body,Date,Supplier,Amount,Purpose"]
    for month in (*range(4, 13), 1, 2, 3):
        day = date(2019 if month > 3 else 2020, month, draw.randrange(1, 28))
        rows.append(f"{council},{day:%d/%m/%Y},{draw.choice(_SUPPLIERS)},{draw.randrange(501, 90_000)}.00,Services")
    return ("\n".join(rows) + "\n").encode()
