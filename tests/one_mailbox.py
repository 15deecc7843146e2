"""Read one mailbox as `prober mailbox sync` reads all."""

from mailroom.imap.accounts import Account, Login
from mailroom.intake.sync import Progress, SyncSummary, quiet, sync_all
from mailroom.sending.preflight.dns import Names
from prober.clock import Clock
from prober.config.load import Imap
from prober.store import Database
from prober.studies.study import Study


def read_mailbox(
    private: Database, results: Database, imap: Imap, login: Login, clock: Clock, study: Study,
    on_progress: Progress = quiet, names: Names | None = None,
) -> SyncSummary:  # fmt: skip
    return sync_all(private, results, [Account(imap, login)], clock, study, on_progress, lambda: names)
