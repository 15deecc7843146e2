"""`prober`, whose `serve` draws a page when it is asked for and none before: for tests of what the pages say."""

from prober.__main__ import main
from prober.reporting.datasette import serve

if __name__ == "__main__":
    serve._prepare = lambda *_: None
    main()
