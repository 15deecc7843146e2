"""A survey in which everything that strangers can write is an attack."""

from typing import Any

from prober.store.reading.report_rows import ReportRows, report_rows
from tests.pobi import agencies
from tests.prober.reporting.changed_site import HOSTILE


def hostile_study(survey: Any) -> ReportRows:
    """One province; `survey` is the fixture of that name."""
    survey.registry([agency for agency in agencies("2019") if agency.province == "ca-mau"])
    scan = survey.scan()
    survey.visit(scan, "2019-ca-mau", outcome="partial", failure="blocked", failure_detail=HOSTILE)
    seen = survey.observe(
        scan, "2019-ca-mau", "qa", "general", "javascript:alert(2)", title=HOSTILE, snippet=HOSTILE,
        url="data:text/html,<script>alert(3)</script>", selector=HOSTILE, detector=HOSTILE,
    )  # fmt: skip
    survey.verdict(scan, "2019-ca-mau", "qa", "found", level=2, observation=seen, reason=HOSTILE)
    survey.verdict(scan, "2019-ca-mau", "email", "not_seen", reason=HOSTILE)
    survey.observe(scan, "2019-ca-mau", "social", "facebook", f"https://x.test/{HOSTILE}")
    survey.campaign(title=HOSTILE, approved_by=HOSTILE)
    request = survey.request("2019-stc-ca-mau", outcome="F1", replied=1, to_address=HOSTILE)
    survey.reply(request, "F1", 30.0, 1, rule=HOSTILE, match_reason=HOSTILE)
    survey.run()
    return report_rows(survey.db)
