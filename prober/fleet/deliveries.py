"""Bring the finished visits of a worker to the store, also those that a killed worker of the same name has left."""

import logging
import threading
from pathlib import Path

from prober.fleet.redis_state import RedisAway, RedisState
from prober.fleet.transport import Store, StoreAway
from spiders import visit_file

log = logging.getLogger(__name__)


class Deliveries:
    """The files below `spool`, SCAN/SHARD/AGENCY.visit each, until they are in the store.

    A worker without a `browser` leaves sites that need one to workers that have one, as long as there are any.
    """

    def __init__(self, spool: Path, store: Store, state: RedisState, browser: bool = True) -> None:
        self._spool, self._store, self._state, self.browser = spool, store, state, browser
        self._lock = threading.Lock()  # every thread that crawls delivers

    def deliver(self) -> bool:
        """Put every file into the store and remove it here. Return False where the store cannot be reached now."""
        with self._lock:
            for path in sorted(self._spool.glob(f"*/*/*{visit_file.SUFFIX}")):
                scan, shard = path.parts[-3:-1]
                try:
                    if self._left(scan, shard, path):
                        path.unlink()
                        continue
                    self._store.put(f"{scan}/visits/{path.name}", path.read_bytes())
                except (RedisAway, StoreAway) as error:
                    log.warning("%s", error)
                    return False
                try:
                    self._state.add_done(scan, shard, [visit_file.agency_of(path)])
                except RedisAway as error:  # the crawl command knows it as soon as it is merged
                    log.warning("%s", error)
                path.unlink()
        return True

    def _left(self, scan: str, shard: str, path: Path) -> bool:
        """Leave the site of a visit that lacked a browser to a worker that has one, if there is one."""
        if self.browser or not visit_file.lacks_browser(path) or not self._state.a_browser():
            return False
        agency = visit_file.agency_of(path)
        self._state.leave(scan, shard, [agency])
        log.info("%s is left to a worker with a browser", agency)
        return True
