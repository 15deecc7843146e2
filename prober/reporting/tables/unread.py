"""Mark rows that a reader must not take at face value: stale, not believed, disputed, or read by no person yet."""

from collections.abc import Iterable, Sequence

from prober.reporting.words.formats import day
from prober.reporting.words.labels import Text
from prober.reporting.words.night_words import last_look
from prober.store.reading.queries import Row

EXPLAINED = Text(
    "“Xem được lần cuối …”: lần quét mới nhất không xem được, nên giữ kết luận của lần đó, nhiều nhất 30 ngày. "
    "“Không thấy từ …, chờ xem lại”: lần quét sau không còn thấy, nhưng một lần là chưa đủ, nên kết luận cũ còn giữ. "
    "“Bị nghi ngờ”: thấy ít hơn mức đã biết trong danh mục, nên không dùng kết quả của lần quét mới nhất. "
    "“Không cập nhật”: không thấy gì mới hơn ngày đó trên trang; trang có thể đã bị bỏ. "
    "“Bị phản bác”: có người đã xem và cho là sai; vẫn được tính cho tới khi quy tắc được sửa.",
    "“Last seen …”: the newest scan could not see it, so the verdict of that one is kept, for at most 30 days. "
    "“Missing since …”: a later scan did not see it, which a single look does not prove, so the old verdict stands. "
    "“Suspect”: less was seen than the registry knows to be there, so the newest visit is not used. "
    "“Not updated”: nothing on the site was seen to be newer than that day; it may have been given up. "
    "“Disputed”: a person looked and says that it is wrong; it counts until the rule is mended.",
)
SCAN_SUSPECT = Text(
    "Lần quét mới nhất bị nghi ngờ là sai do chính công cụ, nên kết quả của các lần trước vẫn được dùng.",
    "The newest scan is suspected to be wrong by our own fault, so the results before it stay in use.",
)
_UNREACHED = Text("{} có thư không đến nơi hoặc chưa chắc đến nơi", "{} whose letter did not arrive, or may not have")
# Of a site by default: not found, not seen, and not seen because a look that missed it waits for a second.
_REST_OF_SITES = (
    Text("{} không tìm thấy", "{} not found"),
    Text("{} chưa xem được", "{} not seen"),
    Text("{} chờ xem lại", "{} waiting for a second look"),
)
_REST_OF_REQUESTS = {
    "replied": (Text("{} không trả lời", "{} without an answer"), _UNREACHED),
    "human": (Text("{} không có ai viết thư", "{} from which no person wrote"), _UNREACHED),
}
SUSPECT = Text("bị nghi ngờ", "suspect")
DISPUTED = Text("bị phản bác", "disputed")
UNREAD = Text("chưa ai đọc", "read by no person")
PROVISIONAL = Text("Số liệu tạm thời", "Provisional figures")
PROVISIONAL_LONG = Text(
    "Số liệu tạm thời: một số kết quả dựa trên thư mà chưa ai đọc, tức chỉ dựa vào quy tắc của máy.",
    "Provisional figures: some results rest on replies that no person has read, and so on the rules alone.",
)


def marks(
    oldest: Row | None, visit: Row | None, disputes: Sequence[Row] = (), missing_since: str = ""
) -> tuple[Text, ...]:
    """Return the marks of one site: the row of its oldest verdict in use, its row of `not_seen`, its disputes.

    `missing_since` is the first scan that missed what still counts, "" where there is nothing of that kind.
    """
    found = [last_look(oldest["seen_at"], oldest["age_days"])] if oldest and oldest["stale"] else []
    if missing_since:
        found.append(missing(missing_since))
    if visit and visit["suspect"]:
        found.append(SUSPECT)
    if visit and visit["frozen_since"]:
        found.append(frozen(visit["frozen_since"]))
    if disputes:
        found.append(Text(f"{len(disputes)} {DISPUTED.vi}", f"{len(disputes)} {DISPUTED.en}"))
    return tuple(found)


def missing(since: str) -> Text:
    """Return since when (an ISO time) something is missing that still counts, because nobody looked a second time.

    >>> missing("2026-01-02T02:00:00+07:00")
    Text(vi='không thấy từ 2/1/2026, chờ xem lại', en='missing since 2 January 2026, to be looked at again')
    """
    return Text(
        f"không thấy từ {day(since, 'vi')}, chờ xem lại", f"missing since {day(since, 'en')}, to be looked at again"
    )


def frozen(since: str) -> Text:
    """Return since when (an ISO date) a site has published nothing.

    >>> frozen("2017-06-04")
    Text(vi='không cập nhật từ 4/6/2017', en='not updated since 4 June 2017')
    """
    return Text(f"không cập nhật từ {day(since, 'vi')}", f"not updated since {day(since, 'en')}")


def rest(row: Row) -> Text | None:
    """Return what a row of `headline` does not count, and what of k waits for a second look; None where all is counted.

    >>> row = {"indicator": "qa", "k": 61, "n": 63, "not_found": 1, "confirmed": 0, "not_seen": 1, "second_look": None}
    >>> rest(row).en, rest(row).vi
    ('1 not found, not confirmed yet; 1 not seen.', '1 không tìm thấy, chưa có người xác nhận; 1 chưa xem được.')
    >>> rest(row | {"not_found": 4, "confirmed": 3, "second_look": 2, "k_second_look": 1}).en
    '4 not found, 3 confirmed by a person; 1 waiting for a second look. 1 of the 61 was missed by one look and waits \
for a second.'
    >>> rest(row | {"indicator": "replied", "k": 0, "n": 8, "not_found": 7, "confirmed": None}).en
    '7 without an answer; 1 whose letter did not arrive, or may not have.'
    """
    k, missed = row["k"], row["k_second_look"] if row["second_look"] else 0
    waiting = (row["second_look"] or 0) - missed
    counts = (row["not_found"], row["not_seen"] - waiting, waiting)
    named = _REST_OF_REQUESTS.get(row["indicator"], _REST_OF_SITES)
    parts = [(number, text) for number, text in zip(counts, named, strict=False) if number]
    said = [Text(text.vi.format(number), text.en.format(number)) for number, text in parts]
    if row["not_found"] and row["confirmed"] is not None:
        said[0] = Text(*map("{}, {}".format, said[0], confirmed(row["not_found"], row["confirmed"])))
    vi, en = ([f"{'; '.join(words)}."] if words else [] for words in zip(*said, strict=True)) if said else ([], [])
    if missed:
        vi.append(f"{missed} trong {k} bị một lần xem không thấy và chờ xem lại.")
        were, wait = ("was", "waits") if missed == 1 else ("were", "wait")
        en.append(f"{missed} of the {k} {were} missed by one look and {wait} for a second.")
    return Text(" ".join(vi), " ".join(en)) if vi else None


def confirmed(not_found: int, by_person: int) -> Text:
    """Return how many of those that were not found a person has confirmed.

    >>> confirmed(2, 2).en, confirmed(2, 1).vi
    ('confirmed by a person', '1 đã có người xác nhận')
    """
    if not by_person:
        return Text("chưa có người xác nhận", "not confirmed yet")
    count = "" if by_person == not_found else f"{by_person} "
    return Text(f"{count}đã có người xác nhận", f"{count}confirmed by a person")


def unread(row: Row) -> Text | None:
    """Return how much of a row of `headline` rests on replies that no person has read; None where nothing does.

    >>> unread({"indicator": "replied", "k": 8, "n": 63, "unread": 7, "k_unread": 5, "unsure": 3, "k_unsure": 1}).en
    'No person has read the replies behind 5 of 8 answers: these rest on the rules alone. Replies of 2 of the other 55 \
are unread too, and may be answers. A second opinion differs from the rules on 3 of these 7, 1 of them an answer.'
    >>> unread({"indicator": "replied", "k": 0, "n": 63, "unread": 2, "k_unread": 0, "unsure": 0, "k_unsure": 0}).en
    'Replies of 2 of 63 are unread, and may be answers.'
    >>> unread({"indicator": "qa", "k": 61, "n": 63, "unread": None, "k_unread": None, "unsure": None})
    """
    if not row["unread"]:
        return None
    k, counted, rest = row["k"], row["k_unread"], row["n"] - row["k"]
    if row["indicator"] == "human":
        vi = f"Chưa ai đọc thư nào của {counted} trong {k} cơ quan này: việc có người viết chỉ dựa vào quy tắc của máy."
        en = f"No person has read anything from {counted} of these {k}: that people wrote it rests on the rules alone."
        return Text(vi, en)
    parts = []
    if counted:
        vi = f"Chưa ai đọc thư của {counted} trong {k} cơ quan đã trả lời: các trả lời này chỉ dựa vào quy tắc của máy."
        en = f"No person has read the replies behind {counted} of {k} answers: these rest on the rules alone."
        parts.append(Text(vi, en))
    if others := row["unread"] - counted:
        left, also = (" còn lại", "the other ") if k else ("", ""), " too" if counted else ""
        vi = f"Chưa ai đọc thư của {others} trong {rest} cơ quan{left[0]}; đó có thể là trả lời."
        en = f"Replies of {others} of {left[1]}{rest} are unread{also}, and may be answers."
        parts.append(Text(vi, en))
    if row["unsure"]:
        parts.append(_unsure(row))
    return Text(" ".join(part.vi for part in parts), " ".join(part.en for part in parts))


def _unsure(row: Row) -> Text:
    of = f"{row['unsure']} trong {row['unread']}", f"{row['unsure']} of these {row['unread']}"
    among = f", trong đó {row['k_unsure']} trả lời", f", {row['k_unsure']} of them an answer"
    vi, en = among if row["k_unsure"] else ("", "")
    return Text(
        f"Với {of[0]} cơ quan này, ý kiến thứ hai của máy khác với quy tắc{vi}.",
        f"A second opinion differs from the rules on {of[1]}{en}.",
    )


def objections(disputes: Iterable[Row], proof: Row) -> str:
    """Return the objections against the finding that a row of `proof` rests on; "" where there are none."""
    same = ("agency", "kind", "category", "value")
    return "; ".join(
        f"{row['reason']} ({row['reviewer']})" for row in disputes if all(row[name] == proof[name] for name in same)
    )
