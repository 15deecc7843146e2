"""A notice in the place of several pages hides what they hold, and a wall hides all that was not read before it."""

import pytest

from prober.domain.finding import Failure
from prober.domain.indicator import Kind
from tests.spiders.visit.walking import gone, visit, walked

LABELS = {
    "/": "Trang chủ", "/tin": "Tin tức", "/so-do": "Cơ cấu tổ chức", "/lh": "Liên hệ", "/hd": "Hỏi đáp",
    "/ck": "Công khai ngân sách", "/vb": "Văn bản",
}  # fmt: skip
STORY = "Sở họp giao ban quý ba với các phòng, bàn việc thu chi và mua sắm của năm sau"
BROKEN = "Không nối được với kho dữ liệu của phân hệ {}, dòng lệnh thứ {} trong tệp trung tâm của chương trình"
WALL = "<title>Xin chờ</title><body><p>Hiện có nhiều người truy cập, quý vị đứng thứ {} trong hàng, xin chờ.</p></body>"


def shown(url: str, said: str) -> str:
    menu = "".join(f'<td><a href="{to}">{label}</a></td>' for to, label in LABELS.items())
    foot = "<p>Sở Tài chính tỉnh Cà Mau, số 3 đường Hùng Vương, điện thoại 0290 3831 111</p>"
    title = f"<title>{LABELS[url]} - Sở Tài chính</title>"
    return f"<html><head>{title}</head><body><table><tr>{menu}</tr></table><b>{LABELS[url]}</b><p>{said}</p>{foot}"


def pages(**said: str) -> dict[str, str]:
    own = {f"/{name}": text for name, text in said.items()}
    return {url: shown(url, own.get(url, f"Số {url[1:]}. {STORY}</p><p>{STORY}")) for url in LABELS}


def broken(*names: str) -> dict[str, str]:
    return pages(**{name: BROKEN.format(LABELS[f"/{name}"], 3 * number) for number, name in enumerate(names)})


@pytest.mark.parametrize("kind", [Kind.QA, Kind.BUDGET])
def test_one_notice_in_the_place_of_two_sections_leaves_both_open(kind: str) -> None:
    assert visit(gone, broken("hd", "ck"), kind=kind)[2] == "not_seen"
    assert visit(gone, pages(hd="Chưa có câu hỏi nào", ck=STORY * 2), kind=kind)[2] == "not_found"


def test_a_page_of_any_name_that_shows_the_notice_may_hold_what_is_missing() -> None:
    assert visit(gone, broken("hd", "vb"), kind=Kind.ACCESS)[2] == "not_seen"
    assert visit(gone, broken("hd"), kind=Kind.ACCESS)[2] == "not_found"


def test_a_long_notice_and_one_that_names_a_file_are_the_same_at_each_address() -> None:
    long = f"{BROKEN}, xin báo cho người quản trị của trang để được hướng dẫn thêm về cách xem phân hệ này vào hôm sau"
    lost = "Phân hệ {} thiếu tệp /var/www/{}.tpl để dựng phần giữa của trang, xin báo cho người quản trị"
    for said, one, other in ((long, 7, 4), (lost, "hoi", "ngan_sach")):
        hidden = pages(hd=said.format("Hỏi đáp", one), ck=said.format("Công khai ngân sách", other))
        assert visit(gone, hidden, kind=Kind.BUDGET)[2] == "not_seen"


@pytest.mark.parametrize(
    "said", ["Chưa có dữ liệu, chuyên mục này đang cập nhật", 'Xem <a href="/xa">các xã ở đây</a>']
)
def test_sections_that_say_that_they_are_empty_or_lead_on_were_seen(said: str) -> None:
    assert visit(gone, pages(hd=said, ck=said), kind=Kind.BUDGET)[2] == "not_found"


def walled(after: int, last: int = 99) -> tuple[Failure | None, str]:
    def answer(path: str, number: int) -> tuple[int, str]:
        if path not in LABELS:
            return gone(path, number)
        return 200, WALL.format(number) if after < number <= last else pages()[path]

    coverage, _, state = visit(answer, {}, kind=Kind.SOCIAL)
    return coverage.failure, state


def test_nothing_is_absent_behind_a_wall_that_answers_in_the_place_of_all_pages() -> None:
    read = [path for path in walked(gone, pages())[1] if path in LABELS]
    assert len(read) == len(LABELS)  # to read all of them
    assert walled(99) == (None, "not_found")
    assert walled(4)[1] == "not_seen"
    assert walled(3, 3)[1] == "not_found"  # once, and other pages after it
