"""Serve a world of any number of hosts, for crawls larger than 63 provinces. A program; ends with its input.

`python -m benchmarks.many_hosts FOLDER HOSTS` listens as a proxy on loopback, writes FOLDER/access.jsonl, and prints
its address as JSON. Host h00042.gov.test shows the home page of a portal of the embedded world, menus and footer
included, with a longer menu; every other address of it is one of that portal's news pages, so that a Q&A section is
never found and a crawl uses its budget.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.places import plain_portals, walk
from prober.domain.agency import Agency
from prober.sandbox.http import proxy
from prober.sandbox.http.access_log import AccessLog
from prober.sandbox.http.certificates import Certificates
from prober.sandbox.http.site_messages import Fault, Request, Response
from prober.sandbox.simulated_clock import START
from prober.text.vietnamese import fold

PORTALS, NEWS = 4, 8
# Fields for which a menu has links to questions and answers, each in a directory of its own: candidates to be opened.
FIELDS = (
    "đất đai", "thuế", "y tế", "giáo dục", "xây dựng", "nông nghiệp", "thủy lợi", "giao thông", "lao động", "du lịch",
    "văn hóa", "thể thao", "môi trường", "đầu tư", "hải quan", "tư pháp", "hộ tịch", "dân tộc", "tôn giáo",
    "quy hoạch", "nhà ở", "điện lực", "viễn thông", "báo chí", "kho bạc", "bảo hiểm", "hợp tác xã", "khoáng sản",
    "lâm nghiệp", "chợ",
)  # fmt: skip
_TYPE = (("Content-Type", "text/html; charset=utf-8"),)


def registry(hosts: int) -> list[Agency]:
    """Return the agencies that own these hosts."""
    return [
        Agency(
            slug=f"h{number:05d}", frame="2019", kind="portal", name_vi=f"Tỉnh số {number}",
            name_en=f"Province {number}",
            province=f"h{number:05d}",
            province_vi=f"Số {number}", province_en=f"Number {number}",
            url=f"http://h{number:05d}.gov.test/",
        )
        for number in range(hosts)
    ]  # fmt: skip


class ManyHosts:
    """The Web of this world; see prober.sandbox.http.site_messages."""

    def __init__(self, hosts: int) -> None:
        self._hosts = hosts
        self._homes, self._news = [], []
        for slug in plain_portals()[:PORTALS]:
            home, *others = walk(slug, 60)
            articles = [page for page in others if len(page.html) > 30_000][-NEWS:]
            own = home.url.rstrip("/")
            self._homes.append(_with_menu(home.html).replace(own, "http://{host}"))
            self._news.append([page.html.replace(own, "http://{host}") for page in articles])

    def respond(self, request: Request) -> Response | Fault:
        name = request.host.partition(".")[0]
        if not (name[:1] == "h" and name[1:].isdigit() and int(name[1:]) < self._hosts):
            return Fault.DNS
        if request.target == "/robots.txt":
            return Response(200, (("Content-Type", "text/plain"),), b"User-agent: *\nAllow: /\n")
        which = int(name[1:]) % PORTALS
        news = self._news[which]
        html = self._homes[which] if request.target == "/" else news[sum(request.target.encode()) % len(news)]
        return Response(200, _TYPE, html.replace("{host}", request.host).encode())

    def certificate(self, host: str) -> str | Fault:
        return Fault.REFUSED

    def agencies(self) -> list[dict[str, Any]]:
        return []

    def truth(self) -> dict[str, Any]:
        return {}


def _with_menu(html: str) -> str:
    """Return a home page with one link to questions and answers for each of FIELDS."""
    folders = {field: fold(field).replace(" ", "-") for field in FIELDS}
    items = "".join(f'<li><a href="/{name}/hoi-dap">Hỏi đáp {field}</a></li>' for field, name in folders.items())
    return html.replace("</body>", f'<ul class="menu">{items}</ul></body>')


async def serve(
    folder: Path, web: ManyHosts, validators: bool = False, proxy_of: type[proxy.Proxy] = proxy.Proxy,
    log_of: type[AccessLog] = AccessLog,
) -> None:  # fmt: skip
    """Serve until standard input ends."""
    log = log_of(folder / "access.jsonl")
    server = await proxy.start(proxy_of(web, Certificates(folder), log, lambda: START, validators))
    print(json.dumps({"proxy": f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"}), flush=True)
    await asyncio.to_thread(sys.stdin.buffer.read)
    server.close()
    log.close()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), ManyHosts(int(sys.argv[2]))))
