"""A world whose web is a handful of sites, each with one habit; mail, clock and process are the real ones.

Run as a program by the tests of this folder: `python -m tests.prober.sandbox.tiny_world --state DIR --seed N`.
"""

import argparse
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from prober.sandbox.http.site_messages import Fault, Request, Response
from prober.sandbox.process import Design, Options, run

PROVINCES = {
    "ca-mau": "tỉnh Cà Mau", "dong-thap": "tỉnh Đồng Tháp", "bac-ninh": "tỉnh Bắc Ninh", "ha-noi": "thành phố Hà Nội",
    "tien-giang": "tỉnh Tiền Giang", "ninh-binh": "tỉnh Ninh Bình",
}  # fmt: skip
FAULTS = {
    "dead.gov.test": Fault.DNS, "closed.gov.test": Fault.REFUSED, "reset.gov.test": Fault.RESET,
    "silent.gov.test": Fault.TIMEOUT, "broken.gov.test": Fault.MALFORMED,
}  # fmt: skip
CERTIFICATES = {f"{kind}.gov.test": kind for kind in ("good", "expired", "self-signed", "wrong-host", "incomplete")}
PAGE = ("<html><body>" + "Trang thử nghiệm. " * 400 + "</body></html>").encode()


class Web:
    """Answers by host name. `slow.gov.test` takes a second, `drip.gov.test` sends in pieces."""

    def respond(self, request: Request) -> Response | Fault:
        if request.host in FAULTS:
            return FAULTS[request.host]
        if request.host.startswith("unknown"):
            return Fault.DNS
        headers = (("Content-Type", "text/html; charset=utf-8"),)
        if request.target == "/echo":
            return Response(200, headers, f"{request.method} {request.scheme} {request.at.isoformat()}".encode())
        if request.host == "slow.gov.test":
            return Response(200, headers, PAGE, delay=0.3)
        return Response(200, headers, PAGE, drip=0.02 if request.host == "drip.gov.test" else 0.0)

    def certificate(self, host: str) -> str | Fault:
        return CERTIFICATES.get(host) or FAULTS.get(host, Fault.REFUSED)

    def agencies(self) -> list[dict[str, Any]]:
        rows = []
        for slug, name in PROVINCES.items():
            host = slug.replace("-", "") + ".gov.test"
            common = {"frame": "2019", "province": slug, "province_vi": name.partition(" ")[2]}
            rows.append({**common, "slug": slug, "kind": "portal", "name_vi": name, "url": f"https://{host}"})
            rows.append(
                {
                    **common, "slug": f"stc-{slug}", "kind": "finance", "name_vi": f"Sở Tài chính {name}",
                    "url": f"https://stc.{host}", "request_email": f"stc@{host}",
                }
            )  # fmt: skip
        return rows

    def truth(self) -> dict[str, Any]:
        finance = {
            row["slug"]: {
                "request_email": row["request_email"],
                "emails": [row["request_email"]],
                "documents": [["Dự toán ngân sách năm 2020", f"{row['url']}/cong-khai/du-toan-2020.pdf"]],
            }
            for row in self.agencies()
            if row["kind"] == "finance"
        }
        return {"seed": 2019, "portals": {}, "finance": finance}


def build(seed: int, small: bool, now: datetime) -> Web:
    return Web()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--study", default="pobi-2019")
    parser.add_argument("--seed", type=int, default=2019)
    parser.add_argument("--stay", action="store_true")
    parser.add_argument("--validators", action="store_true")
    sys.exit(run(Options(**vars(parser.parse_args()), small=True), Design(build)))
