"""Show pages that try to send datagrams, and print how many left: run by test_confinement in a network of its own.

The argument says what confines the browser: "whole" (as the product does), "options" (without the network namespace) or
"none" (a Chromium as it comes, which shows that the pages would send).
"""

import asyncio
import json
import socket
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

from playwright.async_api import Route, async_playwright

from spiders.browser import confinement
from spiders.browser.chromium import find_browser
from spiders.browser.renderer import Browser, Subresource
from spiders.download.fetch_result import FetchFailed

PAGE = "https://www.x.gov.test/"
TO = ("127.0.0.1", "10.9.9.2", "8.8.8.8", "::1")  # a port of this machine that listens, and others, in both families
WEBRTC = """
async function call(where) {
  const RTC = where.RTCPeerConnection || where.webkitRTCPeerConnection, servers = [];
  if (!RTC) return;
  found.push('RTCPeerConnection');
  for (const to of TO.map((to) => to.includes(':') ? '[' + to + ']' : to).concat('stun.x.gov.test'))
    servers.push({urls: 'stun:' + to + ':PORT'},
      {urls: 'turn:' + to + ':PORT?transport=udp', username: 'a', credential: 'b'});
  const one = new RTC({iceServers: servers}), two = new RTC();
  one.createDataChannel('x');
  await one.setLocalDescription(await one.createOffer());
  await two.setRemoteDescription(one.localDescription);
  await two.setLocalDescription(await two.createAnswer());
  await one.setRemoteDescription(two.localDescription);
  for (const to of TO) for (const end of [one, two]) await end.addIceCandidate(
    {candidate: 'candidate:1 1 udp 2122260223 ' + to + ' PORT typ host', sdpMid: '0', sdpMLineIndex: 0}).catch(() => 0);
}
"""
TRANSPORT = """
function transport(where) {
  if (!where.WebTransport) return;
  found.push('WebTransport');
  for (const to of ['127.0.0.1', '8.8.8.8', '[::1]', 'www.x.gov.test'])
    try { new where.WebTransport('https://' + to + ':PORT/').ready.catch(() => 0) } catch (e) { }
}
"""
ASKING = """
for (const to of ['https://127.0.0.1:PORT/', 'https://8.8.8.8:PORT/', 'https://h3.x.gov.test/', 'https://khac.test/']) {
  fetch(to, {mode: 'no-cors'}).catch(() => 0); navigator.sendBeacon(to, 'x'); new Image().src = to;
  for (const rel of ['dns-prefetch', 'preconnect', 'prefetch', 'preload', 'prerender']) {
    const link = document.createElement('link');
    link.rel = rel; link.href = to; link.as = 'image'; document.head.append(link);
  }
}
"""
BEGIN = f"const found = [], TO = {json.dumps(TO)};"
DONE = "document.body.append(' ran ' + found.join(' '));"
# A page is shown as soon as its text is calm: this one waits for its frame or worker.
LATER = f"""const dots = setInterval(() => document.body.append('.'), 20);
setTimeout(() => {{ clearInterval(dots); {DONE} }}, 800);"""
INNER = f"{BEGIN} {WEBRTC} {TRANSPORT} call(self); transport(self);"
SCRIPTS = {
    "page": f"{INNER} {ASKING} {DONE}",
    "frame": f"""{BEGIN} {WEBRTC} {TRANSPORT}
        const frame = document.createElement('iframe'); document.body.append(frame);
        call(frame.contentWindow); transport(frame.contentWindow); {DONE}""",
    "frame with a document": f"""{BEGIN} {LATER} addEventListener('message', (m) => found.push(...m.data));
        const frame = document.createElement('iframe'), code = {json.dumps(INNER + "parent.postMessage(found, '*')")};
        frame.srcdoc = '<script>' + code + '<' + '/script>'; document.body.append(frame);""",
    "worker": f"""{BEGIN} {LATER} const code = {json.dumps(INNER + "postMessage(found)")};
        const worker = new Worker(URL.createObjectURL(new Blob([code])));
        worker.onmessage = (m) => found.push(...m.data);""",
}


def sent() -> int:
    """Datagrams that left this network namespace since it was made, IPv4 and IPv6."""
    lines = [line.split() for line in Path("/proc/net/snmp").read_text().splitlines() if line.startswith("Udp:")]
    four = int(lines[1][lines[0].index("OutDatagrams")])
    six = dict(line.split() for line in Path("/proc/net/snmp6").read_text().splitlines())
    return four + int(six.get("Udp6OutDatagrams", 0))


def pages(port: int) -> list[str]:
    page = "<html><head></head><body><p>x</p><script>{}</script></body></html>"
    return [page.format(script.replace("PORT", str(port))) for script in SCRIPTS.values()]


async def nothing(url: str, referer: str) -> Subresource:
    return Subresource(404, "text/html", "", b"")


async def confined(documents: list[str]) -> list[str]:
    browser = Browser(find_browser("auto") or "", 1, "prober/test", 5.0, 0.0)
    shown = []
    try:
        for document in documents:
            try:
                shown.append(await browser.show(PAGE, document, "x.gov.test", nothing))
            except FetchFailed as failed:
                shown.append(failed.detail)
            await asyncio.sleep(0.3)
    finally:
        await browser.close()
    return shown


async def plain(documents: list[str]) -> list[str]:
    shown = []

    async def give(document: str, route: Route) -> None:
        await route.fulfill(content_type="text/html", body=document)

    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=find_browser("auto"), chromium_sandbox=False)
        for document in documents:
            page = await browser.new_page()
            await page.route(PAGE, partial(give, document))
            await page.goto(PAGE, wait_until="domcontentloaded")
            await asyncio.sleep(1)
            shown.append(await page.content())
        await browser.close()
    return shown


def received(listening: socket.socket) -> int:
    count = 0
    with suppress(BlockingIOError):
        while listening.recv(65536):
            count += 1
    return count


def main(way: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.setblocking(False)
        documents = pages(listening.getsockname()[1])
        if way == "options":
            confinement.namespace = lambda user: ()
        before = sent()
        shown = asyncio.run((plain if way == "none" else confined)(documents))
        arrived = received(listening)
    texts = [document.rpartition("</script>")[2].partition(" ran") for document in shown]
    told = {
        "sent": sent() - before, "arrived": arrived, "pages": len(documents),
        "ran": sum(bool(ran) for _, ran, _ in texts),
        "found": [name for _, _, names in texts for name in names.partition("<")[0].split()],
    }  # fmt: skip
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1])
