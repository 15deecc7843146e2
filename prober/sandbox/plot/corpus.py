"""Draw Vietnamese texts for the simulated portals: sentences with slots, combined by seed."""

import random
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

PARAGRAPHS = (5, 9)  # of an article


@dataclass(frozen=True, slots=True)
class SiteNames:
    """The names that fill the slots of one site."""

    slug: str
    kind: str  # "tỉnh" or "thành phố"
    name: str
    seat: str
    region: str

    @property
    def full(self) -> str:
        return f"{self.kind} {self.name}"


@cache
def texts(name: str) -> Mapping[str, Any]:
    """Return one of the text files in this folder: news, questions or bodies."""
    return tomllib.loads(files("prober.sandbox.plot").joinpath(f"texts/{name}.toml").read_text(encoding="utf-8"))


def place(slug: str, name: str, region: str) -> SiteNames:
    seats: Mapping[str, str] = texts("bodies")["seats"]
    kind = "thành phố" if slug in ("ha-noi", "hai-phong", "da-nang", "can-tho", "ho-chi-minh") else "tỉnh"
    return SiteNames(slug, kind, name, seats[slug], region)


def slots(at: SiteNames, rng: random.Random, today: date) -> dict[str, str]:
    """Return a fresh draw for every slot of the corpus. No date lies after `today`."""
    day = today - timedelta(days=rng.randint(1, 90))
    bodies = texts("bodies")["departments"]
    return {
        "tinh": at.full,
        "ten": at.name,
        "thu": at.seat,
        "vung": at.region,
        "n": str(rng.randint(3, 96)),
        "pt": f"{rng.randint(21, 99)},{rng.randint(1, 9)}",
        "tien": f"{rng.randint(12, 980)},{rng.randint(1, 9)}",
        "nam": str(today.year),
        "quy": rng.choice(("I", "II", "III", "IV")),
        "thang": str(rng.randint(1, 12)),
        "xa": rng.choice(texts("news")["common"]["localities"]),
        "nganh": rng.choice(bodies)[1],
        "ngay": f"{day.day:02d}/{day.month}",
        "don_vi": "Cơ quan chuyên môn",
        "chu_the": f"UBND {at.full}",
    }


def headline(at: SiteNames, rng: random.Random, today: date) -> tuple[str, str]:
    """Return (topic, headline)."""
    topic = rng.choice(texts("news")["topic"])
    return topic["name"], _upper(rng.choice(topic["headlines"]).format(**slots(at, rng, today)))


def paragraphs(at: SiteNames, topic: str, rng: random.Random, today: date) -> list[str]:
    """Return the body of an article.

    Each paragraph is two to four different sentences of its topic and of the common ones.
    """
    news = texts("news")
    own = next(entry["sentences"] for entry in news["topic"] if entry["name"] == topic)
    pool = [*own, *news["common"]["sentences"]]
    rng.shuffle(pool)
    count = rng.randint(*PARAGRAPHS)
    body = []
    for position in range(count):
        chosen = [pool[(position * 3 + offset) % len(pool)] for offset in range(rng.randint(2, 4))]
        body.append(" ".join(_upper(sentence.format(**slots(at, rng, today))) for sentence in chosen))
    return body


def _upper(sentence: str) -> str:
    """Return the sentence with a capital first letter, also where it begins with a slot."""
    return sentence[:1].upper() + sentence[1:]
