"""Put the reasons of the databases (prober.domain.reason) into Vietnamese and English words.

No other module has words for them. An unknown code is shown as it is.
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from prober.documents.notes import rewritten
from prober.domain.correspondence import LetterReason
from prober.domain.finding import Failure
from prober.domain.indicator import DECLARED, INDICATORS, MEASURED, NOT_MEASURED
from prober.domain.reason import TEXT, Reason, Reasons, from_json
from prober.reporting.words import formats, labels
from prober.reporting.words.labels import Text
from prober.reporting.words.translations import category
from prober.studies.law import both_words
from prober.text.patterns import without_controls

# Code → words. A name in braces is a parameter; `_PARAMETERS` lists those that are not a plain number or text.
SENTENCES = {
    # Reasons of a verdict.
    **{
        code: Text(*words)
        for code, words in (DECLARED, MEASURED, NOT_MEASURED, *(indicator.proof for indicator in INDICATORS))
    },
    "looked_everywhere": Text("đã làm hết quy trình tìm kiếm, không gặp", "the whole search protocol did not meet it"),
    "label_only": Text("chỉ có nhãn, không có nội dung", "a label without content"),
    "only": Text("chỉ thấy: {categories}", "only {categories} found"),
    "hidden_address": Text(
        "có địa chỉ nhưng không đọc được: {snippet}", "an address is shown but cannot be read: {snippet}"
    ),
    # What was met at an address, or of a whole site.
    "asks_for_login": Text("đòi đăng nhập", "asks for a login"),
    "blank_page": Text("trang trắng", "a blank page"),
    "body_unnamed": Text(
        "không trang nào nêu tên cơ quan hoặc viết bằng ngôn ngữ của tên ấy",
        "none names the body, or is in the language of its name",
    ),
    "browser_failed_before": Text(
        "trình duyệt đã không mở được các trang trước của trang này",
        "the browser failed on the pages of this site that it was given before",
    ),
    "closed_by_robots": Text("robots.txt không cho xem", "closed by robots.txt"),
    "compressed_twice": Text("nén thêm một lần so với máy chủ khai báo", "compressed once more than its server says"),
    "few_pages": Text(
        "nêu {others} trang khác, đọc được {own} trang có nội dung riêng",
        "{others} other pages named, {own} with texts of their own read",
    ),
    "first_bytes": Text("chỉ đọc được {bytes} byte đầu", "only the first {bytes} bytes were read"),
    "leads_elsewhere": Text(
        "dẫn tới {url}, không phải trang của cơ quan này", "leads to {url}, which is not a site of this agency"
    ),
    "leads_to": Text("dẫn tới {url}", "leads to {url}"),
    "no_address": Text("không có địa chỉ", "no address"),
    "no_page_but": Text("không phải trang web mà là {what}", "no page but {what}"),
    "no_sitemap": Text("không phải sơ đồ trang web đọc được", "no sitemap that can be read"),
    "not_read": Text("chưa đọc được {url}", "{url} could not be read"),
    "not_there": Text("không có trang này ({status})", "not found ({status})"),
    "only_a_script": Text("chỉ mở được bằng JavaScript hoặc biểu mẫu", "only a script or a form opens it"),
    "passed_over": Text(
        "không mở vì địa chỉ giống tệp, lịch, bản in hoặc một trang nữa của danh sách không dứt",
        "not opened, because its address is like that of a file, a calendar, a print view or an endless list",
    ),
    "pages_used_up": Text("đã dùng hết {pages} trang của một lượt xem", "the budget of {pages} pages was used up"),
    "redirects_in_circle": Text("chuyển hướng vòng quanh: {urls}", "redirects in a circle: {urls}"),
    "redirects_malformed": Text("chuyển hướng tới địa chỉ sai dạng: {url}", "redirects to a malformed address: {url}"),
    "redirects_to_nobody": Text(
        "chuyển hướng tới {url}, không phải trang của ai", "redirects to {url}, which is nobody's site"
    ),
    "robots_answers": Text(
        "robots.txt trả lời {status}: khi đó không được xem gì",
        "robots.txt answers {status}: nothing may be fetched then",
    ),
    "seconds_used_up": Text("đã dùng hết {seconds} giây của một lượt xem", "the budget of {seconds} s was used up"),
    "lists_files": Text("chỉ liệt kê tệp", "a listing of files"),
    "still_empty": Text("mở bằng trình duyệt vẫn trống", "still empty in a browser"),
    # Why a visit or a scan is not believed (prober.domain.visit.floors, prober.store.results.changes, views.sql).
    "below_floor": Text("{name}: {seen}, lẽ ra ít nhất {least}", "{name} {seen}, expected {least} or more"),
    "gate_turned": Text(
        "{what} thành “{to}” trên {turned} trong {compared} trang",
        "{what} turned {to} on {turned} of {compared} sites",
    ),
    "gate_filled": Text(
        "{what}: từ {had} thành {has} trong {compared} trang xem được",
        "{what} went from {had} to {has} of {compared} sites that were seen",
    ),
    "gate_vanished": Text(
        "{what}: có mục biến mất trên {turned} trong {compared} trang",
        "{what}: findings vanished on {turned} of {compared} sites",
    ),
    "gate_sites": Text(
        "{turned} trong {compared} trang đổi kết luận", "verdicts turned on {turned} of {compared} sites"
    ),
    "gate_unseen": Text(
        "{turned} trong {compared} trang không còn xem được", "{turned} of {compared} sites are not seen any more"
    ),
    "one_answer": Text(
        "trang chủ của {turned} trong {compared} trang giống hệt nhau",
        "the home pages of {turned} of {compared} sites are the same",
    ),
    "second_pass_of": Text("xem lại lần quét {scan}, lần ấy chưa được tin", "a second look at scan {scan}, in doubt"),
    "our_reading": Text(
        "{ours} trong {turned} thay đổi là do cách đọc của chính chương trình",
        "{ours} of {turned} are of our own reading: the pages are as they were",
    ),
    "nothing_answers": Text(
        "chỉ xem được {seen} trong {compared} trang: có thể do mạng của chính ta",
        "only {seen} of {compared} sites were seen: it may be our own network",
    ),
    "second_pass_agrees": Text(
        "lần xem lại xác nhận {agreed}, bác bỏ {back}", "a second pass confirmed {agreed} and withdrew {back}"
    ),
    "believed_by": Text("người quyết định: {reason}", "a person's decision: {reason}"),
    "not_borne_out": Text("lần xem {scan} trong cùng đêm không xác nhận", "another look ({scan}) did not bear it out"),
    "not_believed": Text("không dùng: {why}", "not believed: {why}"),
    "last_known": Text(
        "lần cuối biết được cách đó {days} ngày, đã quá lâu; {newest}",
        "last known {days} days before, too long ago; {newest}",
    ),
    # What a corrected share rests on, or what to read for it (prober.reporting.tables.corrected_shares).
    "corrected_by_all": Text("đã đọc hết", "all is read"),
    "corrected_by_sample": Text("đã đọc hết danh sách chọn ngẫu nhiên", "the whole random list is read"),
    "read_the_drawn": Text(
        "đọc nốt danh sách: còn {due} cơ quan", "finish the list: {due} of its agencies are left to read"
    ),
    "rests_on_machine": Text(
        "chỉ dựa vào máy: còn {unread} cơ quan chưa có người đọc; hãy chọn ngẫu nhiên để đọc, hoặc đọc hết",
        "rests on the machine alone: {unread} agencies are unread; draw some at random, or read them all",
    ),
    # Times in which a request waited for us.
    "waited": Text(
        "từ thư {question} ngày {since} tới {ended_by} ngày {until}", "{question} of {since} to {ended_by} of {until}"
    ),
    "waiting": Text("từ thư {question} ngày {since}, còn chờ", "{question} of {since}, open"),
}
# Why a DKIM signature does not hold.
SIGNATURES = {
    "signature_key_unanswered": Text("máy chủ tên miền chưa trả lời về khóa", "nobody answered for the key yet"),
    "signature_key_absent": Text("tên miền không công bố khóa này", "the domain publishes no such key"),
    "signature_key_revoked": Text("khóa đã bị thu hồi", "the key was revoked"),
    "signature_key_unusable": Text("khóa công bố không dùng được", "the published key cannot be used"),
    "signature_weak": Text("khóa hoặc thuật toán quá yếu", "the key or the algorithm is too weak"),
    "signature_expired": Text("chữ ký đã hết hạn khi thư đến", "it had expired when the message came"),
    "signature_body_changed": Text(
        "nội dung thư đã thay đổi sau khi ký", "the text or a file was changed after it was signed"
    ),
    "signature_headers_changed": Text(
        "phần đầu thư đã thay đổi sau khi ký, hoặc ký bằng khóa khác",
        "the head was changed after it was signed, or another key signed it",
    ),
    "signature_malformed": Text("chữ ký không đúng dạng", "it is not written as a signature is"),
    "signature_too_long": Text("thư hoặc chữ ký quá dài", "the message or the signature is too long"),
    "signature_costly": Text("kiểm tra chữ ký vượt giới hạn", "its check took more than its limits"),
}
# Signals that tie a message to its request, written as a list with commas.
SIGNALS = {
    "token_address": Text("địa chỉ trả lời có mã", "token address"),
    "token_address_retyped": Text("địa chỉ có mã, gõ lại", "token address retyped"),
    "references": Text("tham chiếu thư gửi", "references"),
    "embedded_message_id": Text("mã thư gửi trong nội dung", "embedded message-id"),
    "subject_tag": Text("mã trong tiêu đề", "subject tag"),
    "text_tag": Text("mã trong nội dung", "text tag"),
    "quoted_tag": Text("mã trong phần trích dẫn", "tag in what it quotes"),
    "thread": Text("trả lời một thư đã ghép với yêu cầu này", "answers a message of this request"),
    "tag_retyped": Text("mã gõ lại", "tag retyped"),
    "sender_address": Text("địa chỉ người gửi", "sender address"),
    "sender_domain": Text("tên miền người gửi", "sender domain"),
    "subject": Text("tiêu đề", "subject"),
    "quotes_our_letter": Text("trích thư gửi", "quotes our letter"),
    "quotes_our_letter_to_it": Text("trích đúng thư gửi cơ quan này", "quotes our letter to it"),
    "names_the_office": Text("nêu tên cơ quan", "names the office"),
    "answers_a_letter_of_that_day": Text("trả lời thư gửi đúng ngày đó", "answers a letter of that day"),
    "person": Text("người đọc ghép", "person"),
    "entered_by_hand": Text("nhập bằng tay", "entered by hand"),
    "chosen_by": Text("người chọn: {by}", "by {by}"),
}
# Articles and points of the law that a refusal names, also written as a list with commas.
GROUNDS = {
    "ground": Text("{point}", "{point}"),
    "ground_of_law": Text("{point} ({about})", "{point} ({about_en})"),  # as the law.toml of the study words it
}
# Why a file was not read, or what else is said of it (prober.documents.notes).
FILES = {
    "file_archive_too_deep": Text("tệp nén lồng quá nhiều lớp, chưa mở", "an archive in too many others, not opened"),
    "file_broken": Text("tệp hỏng, không đọc được ({error})", "broken, cannot be read ({error})"),
    "file_broke_reader": Text(
        "tệp làm chương trình đọc dừng đột ngột; cần người xem",
        "it ended its reader; a person must look",
    ),
    "file_encrypted": Text("có mật khẩu, chưa đọc được", "behind a password, not read"),
    "file_enough": Text("chưa đọc vì các tệp đứng trước đã đủ dài", "not read: the files before it were long enough"),
    "file_expands_too_far": Text("giải nén ra dung lượng quá lớn, chưa mở", "unpacks to more than is read, not opened"),
    "file_needs_program": Text("{kind}: cần có {program} để đọc", "{kind}: {program} would read it (prober doctor)"),
    "file_no_reader": Text("chưa có chương trình đọc loại tệp này: {kind}", "no program here reads this kind: {kind}"),
    "file_not_recognised": Text("bản chụp, chưa nhận dạng được chữ: {fault}", "a scan, no words recognised: {fault}"),
    "file_program": Text("tệp chương trình, không mở", "a program, not opened"),
    "file_scanned": Text("bản chụp, chưa nhận dạng chữ", "a scan, its words are not recognised yet"),
    "file_signed": Text("có chữ ký số: {by} (chưa kiểm tra)", "signed electronically: {by} (not verified)"),
    "file_table": Text("bảng {rows} dòng, {columns} cột", "a table of {rows} rows and {columns} columns"),
    "file_took_too_long": Text("đọc quá lâu, đã dừng", "reading took too long and was stopped"),
    "file_unknown_packing": Text(
        "nén theo cách chưa đọc được; cần giải nén bằng tay",
        "packed by a method that is not read here; unpack it by hand",
    ),
    "file_too_large": Text("quá lớn, chưa đọc", "too large to read"),
}
# Why no words were recognised in a scan (prober.documents.ocr).
_FAULTS = {
    "broken": Text("tệp hỏng", "broken"),
    "no_picture": Text("không phải loại ảnh đọc được", "no kind of picture that is read"),
    "no_program": Text("chưa có tesseract hoặc poppler", "tesseract or poppler is missing"),
    "no_words": Text("không thấy chữ", "no words in it"),
    "not_found": Text("không tìm lại được tệp trong thư", "not found again in its message"),
    "too_large": Text("quá lớn", "too large"),
    "took_too_long": Text("đọc quá lâu", "it took too long"),
}
# Why a step of a night was skipped or failed (prober.services.nightly).
STEPS = {
    "done_tonight": Text("đã xong trong đêm", "done earlier tonight"),
    "needs_steps": Text("không chạy vì chưa xong: {steps}", "not run, as this is not done: {steps}"),
    "past_deadline": Text("đã quá giờ của đêm, lượt sau làm tiếp", "past its deadline; the next pass goes on"),
    "step_failed": Text("không xong, nhật ký của máy ghi lý do", "failed; the log of the machine says why"),
    "no_site_to_ask_again": Text("không có trang nào cần xem lại", "no site has to be asked again"),
    "no_scan_in_doubt": Text("không có lần quét nào đáng ngờ", "no scan is in doubt"),
    "scan_incomplete": Text(
        "đợt quét {frame} chưa xong: {visited}/{agencies} trang",
        "the scan of {frame} is not complete: {visited} of {agencies} sites",
    ),
    "prober_failed": Text(
        "lỗi của chính chương trình trên {sites} trang của danh mục {frame}",
        "the prober itself failed on {sites} sites of {frame}",
    ),
    "no_mailbox": Text("chưa khai báo hộp thư", "no mailbox is configured"),
    "mail_unread": Text("{count} lỗi khi đọc hộp thư", "{count} failures in reading the mailbox"),
    "no_campaign_approved": Text("chưa có đợt khảo sát nào được phê duyệt", "no campaign is approved"),
    "letters_failed": Text("{count} thư không gửi được", "{count} letters failed"),
    "nobody_to_tell": Text("chưa khai báo người nhận tin", "nobody is named under [alarms]"),
    "need_steps": Text("có bước chưa xong: {steps}", "steps are not done: {steps}"),
    "need_belief": Text(
        "chưa tin kết quả quét; nếu đúng như vậy, hãy nêu lý do", "the scan is not believed; if it is right, say why"
    ),
    "need_floors": Text(
        "{count} trang ít hơn mức danh bạ nêu", "{count} sites stayed below what the registry expects of them"
    ),
    "need_answers": Text("{count} yêu cầu chờ ta trả lời cơ quan", "{count} requests wait for us"),
    "need_review": Text("{count} thư trả lời chưa có người đọc", "{count} replies of persons are unread"),
    "not_told": Text("{count} tin không gửi được", "{count} messages or signs of life were not taken"),
}
# Why the state of a letter changed, and how what happened to a request is known.
LETTERS: dict[str, Text] = {
    LetterReason.OBJECTED: Text("cơ quan đề nghị không gửi thêm thư", "the agency asked for no further letters"),
    LetterReason.BOUNCED: Text("thư yêu cầu không đến nơi", "the request did not arrive"),
    LetterReason.ANSWERED: Text("cơ quan đã trả lời", "the agency has answered"),
    LetterReason.NOT_SENT: Text("thư yêu cầu không được gửi", "the request was not sent"),
    LetterReason.REQUEST_REFUSED: Text("máy chủ thư từ chối thư yêu cầu", "the mail server refused the request"),
    LetterReason.REQUEST_CANCELLED: Text("thư yêu cầu đã bị hủy", "the request was cancelled"),
    LetterReason.OVER: Text("đã hết thời gian chờ trả lời", "the waiting time of the request is over"),
    LetterReason.CLOSED: Text("đợt khảo sát đã kết thúc", "the campaign was closed"),
    LetterReason.INTERRUPTED: Text(
        "bị ngắt khi đang chuyển thư cho máy chủ", "interrupted while it was being handed over"
    ),
    LetterReason.IN_JOURNAL: Text(
        "theo nhật ký gửi thì đã chuyển cho máy chủ; cơ sở dữ liệu này là bản cũ",
        "handed over, by the send journal; this database is an older copy",
    ),
    LetterReason.IN_RESULTS: Text(
        "theo results.db thì đã chuyển cho máy chủ; cơ sở dữ liệu này là bản cũ",
        "handed over, by results.db; this database is an older copy",
    ),
    LetterReason.COPY_CAME: Text("hộp thư có bản sao của chính thư này", "own copy found in the mailbox"),
    LetterReason.ANSWER_CAME: Text("có thư đến đáp lại thư này", "a message answers it"),
    "approved_by": Text("người duyệt: {by}", "approved by {by}"),
    "message_came": Text("đã có thư đến: {event}", "a message came: {event}"),
    "objections_reached": Text(
        "dừng gửi theo đề cương: đã có {count} cơ quan phản đối",
        "the stopping rule: objections so far: {count}",
    ),
    "address_changed": Text(
        "địa chỉ của {agency} nay là {address}, người quyết định: {by}",
        "the address of {agency} is {address} now, by decision of {by}",
    ),
    "decided_by": Text("người quyết định: {by}", "decided by {by}"),
    "person_said": Text("{by}: {words}", "{by}: {words}"),
    "server_said": Text("máy chủ thư trả lời: {answer}", "the mail server said: {answer}"),
    "given_up": Text("thôi không gửi nữa sau {attempts} lần thử", "given up after {attempts} attempts"),
    "at_stage": Text("ở bước {stage}: {why}", "at {stage}: {why}"),
    "read_by_rule": Text("{rule} ({message})", "{rule} ({message})"),
    "noted_by_hand": Text("nhập bằng tay ({message})", "entered by hand ({message})"),
}
WORDS = SENTENCES | SIGNATURES | SIGNALS | GROUNDS | FILES | STEPS | LETTERS
_PARAMETERS: Mapping[str, Callable[[Any], Text]] = {
    "category": lambda code: Text(category(code).vi, code),
    "categories": lambda codes: Text(", ".join(category(code).vi for code in codes), ", ".join(codes)),
    "why": lambda reasons: said(reasons),
    "to": lambda state: labels.STATES.get(state, _plain(state)),
    "newest": lambda reasons: said(reasons or ()),
    "event": lambda code: labels.outcome(code),
    "day": lambda day: _day(day),
    "since": lambda day: _day(day),
    "until": lambda day: _day(day),
    "steps": lambda names: Text(", ".join(names), ", ".join(names)),
    "fault": lambda code: _FAULTS.get(code, _plain(code)),
    "seconds": lambda number: Text(str(number).replace(".", ","), str(number)),
}


def stored(text: str | None) -> Text:
    """Return the words for the reasons that a column of a database holds.

    >>> stored('[{"code":"still_empty"},{"code":"pages_used_up","pages":60}]').vi
    'mở bằng trình duyệt vẫn trống; đã dùng hết 60 trang của một lượt xem'
    >>> stored('[{"code":"dns","detail":"stc.x.test: no address"}]').en
    'the name does not resolve: stc.x.test: no address'
    """
    return said(from_json(text))


def said(reasons: Reasons) -> Text:
    """Return the words for `reasons`, in their order.

    >>> said((Reason("token_address"), Reason("references")))
    Text(vi='địa chỉ trả lời có mã, tham chiếu thư gửi', en='token address, references')
    """
    parts = [_said(reason) for reason in reasons]
    between = ", " if reasons and reasons[0].code in SIGNALS | GROUNDS else "; "
    return Text(between.join(part.vi for part in parts), between.join(part.en for part in parts))


def noted(text: str) -> Text:
    """Return the text of a file with our notes in words.

    >>> noted("a.doc\\n[prober: encrypted]").en
    'a.doc\\n[behind a password, not read]'
    """
    return Text(rewritten(text, lambda note: _said(note).vi), rewritten(text, lambda note: _said(note).en))


def _said(reason: Reason) -> Text:
    words, where = _words(reason), f"{unquote(reason.params['at'])}: " if "at" in reason.params else ""
    return Text(without_controls(where + words.vi), without_controls(where + words.en))


def _words(reason: Reason) -> Text:
    if reason.code == TEXT:
        return Text(reason.params["text"], reason.params["text"])
    if reason.code == "lacks":
        return Text(*both_words(reason))
    if reason.code in labels.FAILURES:
        label, met = labels.failure(Failure(reason.code))[0], reason.params.get("detail")
        if not met:
            return label
        detail = said(met) if isinstance(met, tuple) else _plain(met)
        return Text(f"{label.vi}: {detail.vi}", f"{label.en}: {detail.en}")
    pattern = WORDS.get(reason.code, Text(reason.code, reason.code))
    values = {name: _PARAMETERS.get(name, _plain)(value) for name, value in reason.params.items()}
    return Text(
        pattern.vi.format_map({name: value.vi for name, value in values.items()}),
        pattern.en.format_map({name: value.en for name, value in values.items()}),
    )


def _day(value: str) -> Text:
    """Return an ISO date as each language has it in sentences.

    >>> _day("2020-04-15"), _day("soon")
    (Text(vi='15/4/2020', en='15 April 2020'), Text(vi='soon', en='soon'))
    """
    return Text(formats.day(value, "vi"), formats.day(value, "en"))


def _plain(value: object) -> Text:
    return Text(str(value), str(value))
