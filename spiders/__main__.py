"""Run one process of a crawl: `python -m spiders` that of a job, `python -m spiders shard` that of a shard.

Child processes load this module again, so it imports the crawl only in `main`.
"""

import sys


def main() -> int:
    """Run the crawl whose job or shard is on standard input; return its exit code."""
    from spiders.crawl_process import run_job, visit_shard

    return visit_shard() if sys.argv[1:] == ["shard"] else run_job()


if __name__ == "__main__":
    sys.exit(main())
