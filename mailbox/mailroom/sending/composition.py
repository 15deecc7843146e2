"""Compose letters in a child process within limits: a study may come from a stranger, and a letter is a template."""

from collections.abc import Callable, Sequence
from typing import ParamSpec, TypeVar

from prober.campaign.design.assignment import NOTHING, Known
from prober.campaign.letters import compose
from prober.campaign.letters.compose import Requester
from prober.campaign.protocol.model import Protocol
from prober.campaign.wave import Planned, wave
from prober.documents.child_process import ChildProcess
from prober.domain.agency import Agency
from prober.domain.correspondence import Step
from prober.errors import ProtocolError
from prober.studies.study import Study

MEMORY = 512_000_000  # bytes, for all letters of one campaign with their files
SECONDS = 10.0  # of the processor, for any number of letters
SECONDS_EACH = 0.3  # and for each agency: two letters, and a request slip as PDF and DOCX
_SLOWER = 6  # a busy machine takes so many times as long by the clock

_child = ChildProcess(MEMORY, "prober.campaign.letters.compose", sealed=True)
_P = ParamSpec("_P")
_T = TypeVar("_T")


def planned(
    protocol: Protocol, campaign: str, secret: str, agencies: Sequence[Agency], requester: Requester, study: Study,
    known: Known = NOTHING,
) -> list[Planned]:  # fmt: skip
    """Return every letter of `campaign` as `prober.campaign.wave.wave` composes them, and raise its errors.

    Raises ProtocolError also for a letter that takes too long or too much memory to fill in.
    """
    return _limited(len(agencies), wave, protocol, campaign, secret, agencies, requester, study, known)


def rendered(
    protocol: Protocol, code: str, agency: Agency, requester: Requester, step: Step, language: str, study: Study
) -> str:
    """Return the text of one letter in one language as `compose.render` does. Raises its errors, and those above."""
    return _limited(1, compose.render, protocol, code, agency, requester, step, language, study)


def _limited(number: int, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    seconds = SECONDS + SECONDS_EACH * number
    try:
        return _child.run(seconds * _SLOWER, seconds, function, *args, **kwargs)[0]
    except TimeoutError as error:
        raise ProtocolError(f"the letters take more than {seconds:.0f} s to fill in; look at their loops") from error
    except (MemoryError, ChildProcessError) as error:
        raise ProtocolError("the letters take more memory to fill in than they may; look at their loops") from error
