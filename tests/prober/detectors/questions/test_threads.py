"""Published questions: one thread each, with a key that does not depend on where the question stands, and own dates."""

import time
from datetime import date, datetime

import pytest

from prober.detectors.body import Body
from prober.detectors.questions.threads import Thread, threads
from prober.domain.pages.page import Page
from tests.languages import VI, VIETNAMESE
from tests.pobi import HANOI

NOW = datetime(2020, 10, 1, 8, tzinfo=HANOI)
BODY = Body("Sở Tài chính tỉnh Cà Mau", "Cà Mau", "Ca Mau", "finance", ("camau.gov.test",), vocabulary=VIETNAMESE)
QUESTIONS = ("Phí công chứng là bao nhiêu?", "Hạn nộp báo cáo là ngày nào?", "Nộp tiền sử dụng đất ở đâu?")


def read(html: str, path: str = "/hoi-dap") -> list[Thread]:
    return threads(Page(f"https://camau.gov.test{path}", 200, html, NOW, words=VI), BODY)


FORMS = {
    "marks": "<p>Câu hỏi: {q}</p><p>Trả lời: Xem thông báo.</p>",
    "marks as elements": "<li><span>Câu hỏi</span> {q}</li><li><span>Trả lời</span> Xem thông báo.</li>",
    "answers only": "<div><p>{q}</p><p>Trả lời: Xem thông báo.</p></div>",
    "heading, then marks": "<h3>{q}</h3><p>Hỏi: {q}</p><p>Đáp: Xem thông báo.</p>",
    "dates before marks": "<div><p>Gửi ngày 02/03/2020</p><p>Câu hỏi: {q}</p><p>Trả lời: Xem thông báo.</p></div>",
    "details": "<details><summary>{q}</summary><p>Xem thông báo.</p></details>",
    "question above who asked": "<div><p>{q}</p><p>Người gửi: L. T.</p><p>Trả lời: Xem thông báo.</p></div>",
    "headings": "<h3>{q}</h3><p>Xem thông báo.</p>",
    "hidden answers": "<div><div>{q}</div><div style='display:none'>Xem thông báo.</div></div>",
    "elements of one accordion": "<div class=faq><strong>{q}</strong><p>Xem thông báo.</p></div>",
    "rows with a state": "<div><a href='/x'>{q}</a> <i>Đã trả lời</i></div>",
}
FRAMES = (
    "<header><h2>Sở Tài chính</h2><p>Minh bạch, hiệu quả</p></header><h1>Hỏi đáp</h1>{}",
    "<div id='header'><p>Trang thông tin khác</p></div><h2>Hỏi đáp</h2>{}<p>Cuối trang</p>",
)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_question_keeps_its_key_wherever_it_stands(form: str) -> None:
    one, two, three = (form.format(q=question) for question in QUESTIONS)
    first = read(FRAMES[0].format(one + two))
    later = read(FRAMES[1].format(three + one + two))
    assert len(first) == 2
    assert len(later) == 3
    assert [thread.key for thread in first] == [thread.key for thread in later[1:]]
    assert all(thread.answered for thread in (*first, *later))


NONE = {
    "a reply link below a comment": "<div class='comment-body'><p>Hay quá</p><a href='#r'>Trả lời</a></div>",
    "a reply link": "<p>Bài viết hay</p><a href='#'>Trả lời</a>",
    "a box title above a poll": "<h3>Câu hỏi</h3><form><p>Giao diện đẹp không?</p><input type=radio></form>",
    "news of an answer": "<ul><li><a href='/a'>Bộ trưởng đã trả lời chất vấn của đại biểu về giá điện</a></li></ul>",
    "an accordion of departments": "<details><summary>Phòng Ngân sách</summary><p>Quản lý thu chi.</p></details>" * 3,
    "a poll under a heading": "<h4>Trang này có ích không?</h4><form><label><input type=radio>Có</label></form>",
    "a menu that opens": "<nav><a href='#m' data-toggle=collapse>Vì sao?</a><div id=m><a href='/a'>A</a></div></nav>",
    "a table of an examination": "<table><tr><th>Câu hỏi</th><th>Điểm</th><tr><td>Câu số một</td><td>2</td></table>",
}  # fmt: skip


@pytest.mark.parametrize("html", NONE.values(), ids=NONE)
def test_what_is_no_question(html: str) -> None:
    assert read(f"<main><h1>Hỏi đáp</h1>{html}</main>") == []


def test_a_list_that_asks_nothing_is_no_list_of_questions_on_other_pages() -> None:
    rows = "<dl><dt>Phạm vi áp dụng</dt><dd>Toàn tỉnh.</dd><dt>Cơ quan nào quản lý?</dt><dd>Sở Tài chính.</dd></dl>"
    assert read(rows, "/gioi-thieu") == []
    assert len(read(rows, "/hoi-dap")) == 2


ASKED = "<p>Câu hỏi: Phí công chứng là bao nhiêu?</p>"
DATES = {
    "labels": (f"<p>Ngày hỏi: 01/02/2020</p>{ASKED}<p>Trả lời: Có.</p><p>Ngày trả lời: 05/02/2020</p>", 1, 5),
    "a law in the answer": (f"{ASKED}<p>Trả lời: Theo Nghị định 10/2020/NĐ-CP ngày 05/02/2020.</p>", 0, 0),
    "a day in the answer": (f"{ASKED}<p>Trả lời: Áp dụng từ ngày 05/02/2020.</p>", 0, 0),
    "lines of their own": (f"{ASKED}<p>01/02/2020</p><p>Trả lời: Có.</p><p>Sở Tài chính, 05/02/2020 08:30</p>", 1, 5),
    "signatures": (f"{ASKED}<p>L. (01/02/2020 07:00)</p><p>Trả lời</p><p>Có.</p><p>Phòng Giá (05/02/2020)</p>", 1, 5),
}


@pytest.mark.parametrize(("html", "asked", "answered"), DATES.values(), ids=DATES)
def test_only_dates_of_the_question_count(html: str, asked: int, answered: int) -> None:
    (thread,) = read(f"<main><h1>Hỏi đáp</h1><div>{html}</div></main>")
    assert thread.asked_on == (date(2020, 2, asked) if asked else None)
    assert thread.answered_on == (date(2020, 2, answered) if answered else None)


def test_the_row_of_a_list_leads_to_its_question() -> None:
    row = "<div class=row><h4><a href='/hoi-dap/{n}'>{q}</a></h4><p>{state}</p><p>Ngày gửi: 0{n}/02/2020</p></div>"
    states = ("Đã trả lời", "Đang xử lý", "Trạng thái: Đã được trả lời")
    html = "".join(row.format(n=n, q=q, state=s) for n, (q, s) in enumerate(zip(QUESTIONS, states, strict=True), 1))
    found = read(f"<main><h1>Hỏi đáp</h1>{html}</main>")
    assert [thread.answered for thread in found] == [True, False, True]
    assert [thread.url for thread in found] == [f"https://camau.gov.test/hoi-dap/{n}" for n in (1, 2, 3)]
    assert [thread.asked_on for thread in found] == [date(2020, 2, n) for n in (1, 2, 3)]


def test_a_table_may_count_the_answers_of_each_question() -> None:
    rows = "".join(
        f"<tr><td>{q}</td><td>{n}</td></tr>"
        for q, n in zip(QUESTIONS, ("Có 1 trả lời", "Có 12 câu trả lời", "Có 0"), strict=True)
    )
    found = read(f"<h1>Hỏi đáp</h1><table><tr><th>Câu hỏi</th><th>Trạng thái</th></tr>{rows}</table>")
    assert [thread.answered for thread in found] == [True, True, False]


LONG = {
    "states": "<div>Đã trả lời 01/02/2020</div>",
    "states in one element": "Đã trả lời<br>",
    "marks in one element": "<b>Câu hỏi</b> x<br><b>Trả lời</b> y<br>",
    "toggles": "<a href='#x' data-toggle=collapse>Ở đâu?</a>",
    "summaries": "<details><summary>Khi nào thì xong?</summary><p>Mai.</p></details>",
    "terms": "<dt>Là gì?</dt><dd>Có.</dd>",
    "reply links": "<a href='#'>Trả lời</a><br>",
    "named": "<div class=question>Bao nhiêu tiền?</div><div class=answer>Một.</div>",
    "nested": "<div class=accordion><p>Hỏi gì?</p>",
}


@pytest.mark.parametrize("piece", LONG.values(), ids=LONG)
def test_a_long_list_keeps_nobody_waiting(piece: str) -> None:
    spent = []
    for times in (1_500, 3_000):
        html = f"<main><h1>Hỏi đáp</h1><dl>{piece * times}</dl></main>"
        began = time.process_time()
        read(html)
        spent.append(time.process_time() - began)
    assert spent[1] < max(3 * spent[0], 1.0), spent
