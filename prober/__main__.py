"""python -m prober."""

from prober.cli import cli

if __name__ == "__main__":
    cli(prog_name="prober")
