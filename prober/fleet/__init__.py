"""Crawl one scan on many machines: Dramatiq over Redis carries shards of sites to workers (docs/fleet.md).

results.db is the truth. Broker, leases and Redis itself may lose everything at any time: what is not merged is sent
again. Nothing here is imported unless a fleet is used, and nothing but this package knows dramatiq, redis or fsspec.
"""

from importlib.util import find_spec

from prober import DISTRIBUTION
from prober.config.sections import Fleet
from prober.errors import ConfigError, UsageError

NEEDED = ("dramatiq", "redis", "fsspec")


def required(fleet: Fleet) -> None:
    """Raise UsageError, with what to do, where no fleet is configured or its libraries are not installed."""
    if missing := [name for name in ("redis", "store") if not getattr(fleet, name)]:
        raise ConfigError(
            f"prober.toml names no fleet: [fleet] {' and '.join(missing)} is missing; docs/fleet.md shows the section"
        )
    if absent := [name for name in NEEDED if find_spec(name) is None]:
        raise UsageError(f"a fleet needs {', '.join(absent)}: pip install '{DISTRIBUTION}[fleet]'")
