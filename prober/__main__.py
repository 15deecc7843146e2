"""`prober`, and `python -m prober`."""

import sys


def main() -> None:
    """Ctrl-C ends it without a traceback from the first moment on: its modules take half a second to load."""
    try:
        from prober.cli import cli
    except KeyboardInterrupt:
        sys.exit(130)
    cli(prog_name="prober")


if __name__ == "__main__":
    main()
