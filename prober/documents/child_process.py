"""Programs of ours that run as processes beside this one."""

import sys


def command(module: str, *words: str) -> list[str]:
    """`python -m module words…`, to be started in any folder.

    Without -P a `calendar.py` or `random.py` that lies there would be taken for the standard library's.
    """
    return [sys.executable, "-P", "-m", module, *words]
