"""Choose the embedded world of a study: 63 provinces of Vietnam, or twelve English-language councils."""

from datetime import datetime
from typing import Any

from prober.sandbox.http.site_messages import Web
from prober.sandbox.mail.mailstore import Mail
from prober.sandbox.mail.office_behaviour import Office
from prober.sandbox.process import Agencies, Design


def design_of(study: str) -> Design:
    """Return the world of a study that comes with the prober."""
    if study == "foi-en":
        from prober.sandbox.councils import plot

        return Design(_councils, _offices_of_councils, "councils", _nobody, plot.START)
    from prober.sandbox.sites.portals import build

    return Design(build)


def _councils(seed: int, small: bool, now: datetime) -> Web:
    from prober.sandbox.councils.sites import Councils

    return Councils(seed, now)


def _offices_of_councils(seed: int, small: bool, agencies: Agencies, truth: dict[str, Any]) -> dict[str, Office]:
    from prober.sandbox.councils import plot

    return plot.offices(agencies)


def _nobody(seed: int, mailbox: str) -> list[Mail]:
    return []
