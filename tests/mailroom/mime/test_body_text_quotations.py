"""Quotations go, and what is new stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.mime import body_text


@given(st.text(max_size=200))
def test_what_is_new_is_part_of_what_was_written(text: str) -> None:
    new = body_text.new_text(text)
    assert all(line.strip() in text for line in new.split("\n"))


@pytest.mark.parametrize(
    ("mark", "kept"),
    [
        ("Vào 09:15, Th 2, 13 thg 4, 2020 Nhóm khảo sát <a@b.test> đã viết:\n> x", "Của tôi."),
        ("Vào Thứ Hai, 13 tháng 4, 2020 lúc 9:15, Nhóm\nkhảo sát <a@b.test> đã\nviết:\n\n> x", "Của tôi."),
        ("On Mon, Apr 13, 2020 at 9:15 AM A <a@b.test> wrote:\n> x", "Của tôi."),
        ("-----Thư gốc-----\nx", "Của tôi."),
        ("---- Công văn ngày 02/3/2020 của Sở ----\nx", "Của tôi."),
        ("--- Kính gửi nhóm ---\nx", "Của tôi.\n\n--- Kính gửi nhóm ---\nx"),
        ("-------- Thư đã chuyển tiếp --------\nx", "Của tôi."),
        ("Từ: A <a@b.test>\nĐã gửi: Thứ Hai\nĐến: b@c.test\nChủ đề: x\n\nnội dung", "Của tôi."),
        ("*Từ:* A <a@b.test>\n*Gửi:* Thứ Hai\n*Tới:* b@c.test\n*Chủ đề:* x\n\nnội dung", "Của tôi."),
        ("________________________________\nFrom: A\nSent: B\nTo: C\nSubject: D\n\nx", "Của tôi."),
        (">>> A 04/13/20 9:15 AM >>>\nx", "Của tôi."),
        ("--\nVăn thư Sở", "Của tôi."),
        ("Đã gửi từ iPhone của tôi", "Của tôi."),
        ("Kính gửi: Nhóm\nSố: 12/STC\nNơi nhận: VT", "Của tôi.\n\nKính gửi: Nhóm\nSố: 12/STC\nNơi nhận: VT"),
        ("Từ: ngày 1/4 Sở chuyển trụ sở.", "Của tôi.\n\nTừ: ngày 1/4 Sở chuyển trụ sở."),
    ],
    ids=range(15),
)  # fmt: skip
def test_quotations_go_and_letterheads_stay(mark: str, kept: str) -> None:
    assert body_text.new_text(f"Của tôi.\n\n{mark}") == kept


@pytest.mark.parametrize(
    "reply",
    [
        "Đã nhận",
        "Sở không cung cấp.\nTrân trọng",
        "Tài liệu ở đây: http://stc.ca-mau.gov.test/qt2018.pdf",
        "Ngày 14/4 Sở đã gửi rồi",
        "Vào trang của Sở mà tìm nhé, số liệu năm 2018 và 2020 đều đã đăng đủ ở đó",
    ],
)
@pytest.mark.parametrize(
    "mark",
    [
        "Vào Th 2, 13 thg 4, 2020 vào lúc 09:02 Nhóm khảo sát <a@b.test> đã viết:\n\n> x",
        "Vào Th 2, 13 thg 4, 2020 vào lúc 09:02 Nhóm khảo sát công khai <\nkhao-sat@b.test> đã viết:\n\n> x",
        "> On Apr 13, 2020, at 09:02, Nhóm <a@b.test> wrote:\n> x",
        "> On Apr 13, 2020, at 09:02, Nhóm khảo sát công khai ngân sách\n> <a@b.test> wrote:\n> x",
        "Nhóm khảo sát <a@b.test> đã viết:\n> x",
    ],
)
def test_what_stands_directly_above_a_quotation_is_no_part_of_it(reply: str, mark: str) -> None:
    assert body_text.new_text(f"{reply}\n{mark}") == reply


@pytest.mark.parametrize(
    ("closing", "answer"),
    [
        ("Trân trọng cảm ơn.\nNhóm khảo sát", "Sở không cung cấp."),
        ("Yours faithfully,\n\nA. Person\nE-mail: a@b.test", "Dear A\n\nIt is here."),
        ("Kind regards\nA. Person", ""),
        ("A. Person", ""),
    ],
)
def test_an_answer_may_stand_below_our_quoted_letter(closing: str, answer: str) -> None:
    ours = f"-----Original Message-----\nFrom: A <a@b.test>\nSent: B\nTo: C\nSubject: D\n\nA request.\n{closing}\n"
    below = answer or ("" if "regards" in closing else "Sở không cung cấp.")
    full = f"{ours}\n{below}"
    assert body_text.new_text(full) == ""
    assert body_text.below_letter(full, ["a@b.test"]) == answer
    assert body_text.below_letter(full, ["c@d.test"]) == ""


@pytest.mark.parametrize("above", ["", "-----", "—-—-—-—\n"])
def test_below_the_mark_of_a_ticket_system_with_no_words_above_it_stands_its_own_message(above: str) -> None:
    assert body_text.new_text(f"{above}\nReply above this line.\n\nWe have it.").endswith("We have it.")
    assert body_text.new_text("It is here.\n##- Reply above this line -##\nWe have it.") == "It is here."


def test_arrows_of_the_writer_above_the_quotation_are_no_quotation() -> None:
    mine = "Các tài liệu ở đây:\n>> QT 18: https://stc.tinh.gov.test/qt18.pdf\n"
    ours = "Vào Th 2, 13 thg 4, 2020 lúc 09:02 Nhóm <a@b.test> đã viết:\n> Xem https://ours.test\n"
    assert body_text.new_text(f"{mine}\n{ours}") == "Các tài liệu ở đây:\nQT 18: https://stc.tinh.gov.test/qt18.pdf"
    assert body_text.new_text(mine) == "Các tài liệu ở đây:"  # a quotation as far as anybody can tell
    assert body_text.new_text(f"{ours}\nĐã nhận.\n> và https://ours.test/2\n") == "Đã nhận."


def test_the_words_of_a_colleague_that_a_letter_forwards() -> None:
    forwarded = (
        "Gửi nhóm.\n\n---------- Thư đã chuyển tiếp ----------\nTừ: Quyết <quyet@stc.gov.test>\n"
        "Ngày: 14:02, 4 thg 3, 2020\nChủ đề: Fwd: xin số liệu\nĐến: <tham@stc.gov.test>\n\nQuyết toán thì đây.\n\n"
        "---------- Thư đã chuyển tiếp ----------\nTừ: Nhóm <nhom@khao-sat.test>\nNgày: 08:14, 2 thg 3, 2020\n"
        "Chủ đề: Đề nghị\n\nKính gửi Sở"
    )  # fmt: skip
    assert body_text.passed_on(forwarded, "stc.gov.test") == "Quyết toán thì đây."
    assert body_text.passed_on(forwarded, "khao-sat.test") == ""
    assert body_text.passed_on("Gửi nhóm.", "stc.gov.test") == ""
