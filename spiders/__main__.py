"""Run one process of a crawl: `python -m spiders` that of a job, `python -m spiders shard` that of a shard.

Child processes load this module again, so it imports the crawl only in `main`.
"""

import sys


def main() -> int:
    """Run the crawl whose job or shard is on standard input; return its exit code."""
    if sys.argv[1:] == ["shard"]:
        from spiders.shard_process import main as crawl
    else:
        from spiders.crawl_process import main as crawl

    return crawl()


if __name__ == "__main__":
    sys.exit(main())
