"""Crawl what a pickle holds, and say after each visit how many there are: a command that tests kill."""

import pickle
import sys
from pathlib import Path

from spiders.crawl import crawl

if __name__ == "__main__":
    job = pickle.loads(Path(sys.argv[1]).read_bytes())
    crawl(job, lambda done, total, what: print(done, flush=True))
