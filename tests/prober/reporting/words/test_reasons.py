"""Reasons: stored in one form, said in one place, and every code that the product makes has its words."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailroom.matching import scoring
from prober.domain.correspondence import LetterReason
from prober.domain.finding import Failure
from prober.domain.reason import TEXT, Reason, to_json
from prober.reporting.words import labels, reasons
from prober.reporting.words.labels import Text

ROOT = Path(__file__).parents[4]
SAID: dict[str, tuple[tuple[Reason, ...], str, str]] = {
    "searched": (
        (Reason("looked_everywhere"), Reason("only", categories=("delegated", "login"))),
        "đã làm hết quy trình tìm kiếm, không gặp; chỉ thấy: chuyên mục của cơ quan khác, chỉ sau khi đăng nhập",
        "the whole search protocol did not meet it; only delegated, login found",
    ),
    "an address that would act": (
        (Reason("dns", at="http://x.gov.test/%1B%5B2J%E2%80%AEh%E1%BB%8Fi"),),
        "http://x.gov.test/[2Jhỏi: tên miền không phân giải được",
        "http://x.gov.test/[2Jhỏi: the name does not resolve",
    ),
    "not believed": (
        (Reason("not_believed", why=(Reason("below_floor", name="emails", seen=0, least=1),)),),
        "không dùng: emails: 0, lẽ ra ít nhất 1",
        "not believed: emails 0, expected 1 or more",
    ),
    "too old": (
        (Reason("last_known", days=41, newest=(Reason("dns"),)),),
        "lần cuối biết được cách đó 41 ngày, đã quá lâu; tên miền không phân giải được",
        "last known 41 days before, too long ago; the name does not resolve",
    ),
    "found": ((Reason("own_section", level=4),), "chuyên mục riêng, mức 4", "own section, level 4"),
    "signals": (
        (Reason("references"), Reason("chosen_by", by="NTH")),
        "tham chiếu thư gửi, người chọn: NTH",
        "references, by NTH",
    ),
    "grounds": ((Reason("ground", point="28.1b"), Reason("ground", point="6")), "28.1b, 6", "28.1b, 6"),
    "pauses": (
        (
            Reason("waited", question="Q1", since="2020-04-15", ended_by="OW", until="2020-04-17"),
            Reason("waiting", question="Q2", since="2020-04-20"),
        ),
        "từ thư Q1 ngày 15/4/2020 tới OW ngày 17/4/2020; từ thư Q2 ngày 20/4/2020, còn chờ",
        "Q1 of 15 April 2020 to OW of 17 April 2020; Q2 of 20 April 2020, open",
    ),
    "lacking": (
        (Reason("lacks", regime="ATI-2016", requirement="purpose"),),
        "không nêu lý do, mục đích yêu cầu (điểm d khoản 2 Điều 24)",
        "no purpose (article 24.2d)",
    ),
    "a code to come": ((Reason("a_rule_to_come", of=3),), "a_rule_to_come", "a_rule_to_come"),
    "braces in words": ((Reason(TEXT, text="{level} {0} {{"),), "{level} {0} {{", "{level} {0} {{"),
    "met at an address": (
        (
            Reason(
                "tls",
                detail=(
                    Reason("still_empty", at="https://x.test/h%E1%BB%8Fi"),
                    Reason("body_unnamed"),
                ),
            ),
        ),
        "chứng thư số không hợp lệ: https://x.test/hỏi: mở bằng trình duyệt vẫn trống; "
        "không trang nào nêu tên cơ quan hoặc viết bằng ngôn ngữ của tên ấy",
        "the certificate is not valid: https://x.test/hỏi: still empty in a browser; "
        "none names the body, or is in the language of its name",
    ),
    "a letter that was put off": (
        (
            Reason(
                "at_stage",
                stage="rcpt",
                why=(Reason("given_up", attempts=9), Reason("server_said", answer="451 later")),
            ),
        ),
        "ở bước rcpt: thôi không gửi nữa sau 9 lần thử; máy chủ thư trả lời: 451 later",
        "at rcpt: given up after 9 attempts; the mail server said: 451 later",
    ),
    "a message came": (
        (Reason("message_came", message="69aacd6d2c87", event="A2", by="An"),),
        "đã có thư đến: Báo đã nhận, do người viết",
        "a message came: Receipt written by a person",
    ),
    "the stopping rule": (
        (Reason("objections_reached", count=3),),
        "dừng gửi theo đề cương: đã có 3 cơ quan phản đối",
        "the stopping rule: objections so far: 3",
    ),
    "another address": (
        (Reason("address_changed", agency="2019-x", address="…@x.test", by="An"),),
        "địa chỉ của 2019-x nay là …@x.test, người quyết định: An",
        "the address of 2019-x is …@x.test now, by decision of An",
    ),
    "a person's own words": ((Reason("person_said", by="An", words="gọi điện"),), "An: gọi điện", "An: gọi điện"),
    "a person's decision": ((Reason("decided_by", by="An"),), "người quyết định: An", "decided by An"),
    "an approval": ((Reason("approved_by", by="An"),), "người duyệt: An", "approved by An"),
    "braces in a detail": (
        (Reason("dns", detail="{level}"),),
        "tên miền không phân giải được: {level}",
        "the name does not resolve: {level}",
    ),
}


@pytest.mark.parametrize("case", SAID)
def test_reasons_are_said(case: str) -> None:
    found, vietnamese, english = SAID[case]
    assert reasons.said(found) == reasons.stored(to_json(found)) == Text(vietnamese, english)


def codes() -> Iterator[str]:
    """Every code that a module of the product writes down."""
    for path in [path for room in ("prober", "spiders", "mailbox") for path in (ROOT / room).rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="Reason"), args=[ast.Constant(value=str() as code), *_]):
                    yield code


def test_every_code_has_its_words() -> None:
    known = {*reasons.WORDS, *labels.FAILURES, TEXT, "lacks"}
    made = {*codes(), *scoring.PROOFS, *Failure, *LetterReason}
    assert len(made) > 30 and made <= known


def test_no_reason_is_said_in_english_to_a_vietnamese_reader() -> None:
    """Words of a study, a number or a name alone are the same in both."""
    own = {code for code, text in reasons.WORDS.items() if re.sub(r"\{\w+\}|\W", "", text.vi) == ""}
    same = {code for code, text in reasons.WORDS.items() if text.vi == text.en}
    assert same <= own
