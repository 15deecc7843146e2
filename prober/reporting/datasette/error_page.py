"""Say in words why an address shows nothing, and prepare the page for it: what was asked, and ways on."""

import traceback
from dataclasses import dataclass

from datasette.utils.asgi import Base400, Request  # type: ignore[import-untyped]
from datasette.views.base import DatasetteError  # type: ignore[import-untyped]

from prober.reporting.words.labels import Text

_NOTHING = Text("Không có trang này", "There is no such page")
_SLOW = Text("Câu hỏi mất quá nhiều thời gian", "The query took too long")
_SQL = Text("Câu SQL này không chạy được", "This SQL cannot be run")
_REFUSED = Text("Không được phép", "Not allowed")
_FAULT = Text("Máy chủ gặp lỗi", "The server has a fault")
_OTHER = Text("Không hiểu yêu cầu này", "This request was not understood")
_WAYS = {
    _NOTHING: Text(
        "Địa chỉ có thể đã bị gõ sai, hoặc không có kết quả nào ở đó. Hãy tìm bằng tên.",
        "The address may be mistyped, or there are no results there. Search by name.",
    ),
    _SLOW: Text(
        "Câu hỏi đã bị dừng. Hãy thêm điều kiện, hoặc LIMIT, rồi chạy lại.",
        "It was stopped. Add a condition or a LIMIT, and run it again.",
    ),
    _SQL: Text(
        "Chỉ câu lệnh SELECT trên dữ liệu này được chạy, trong giới hạn về thời gian và độ dài.",
        "Only SELECT on these data is run, within limits of time and length.",
    ),
    _REFUSED: Text("Trang này không mở cho mọi người.", "This page is not open to everybody."),
    _FAULT: Text(
        "Lỗi đã được ghi lại trên máy chủ. Các trang khác vẫn dùng được.",
        "It was written down on the server. Other pages can still be used.",
    ),
    _OTHER: Text("Hãy kiểm tra các tham số trong địa chỉ.", "Check the parameters of the address."),
}


@dataclass(frozen=True, slots=True)
class ErrorNotice:
    """Why nothing is shown. `detail` is the message of SQLite or Datasette; `sql` the statement to mend."""

    status: int
    title: Text
    way_on: Text
    detail: str = ""
    sql: str = ""


def problem(request: Request, exception: Exception) -> ErrorNotice:
    """Return what is wrong. A fault of our own is written to standard error, and shown without its message."""
    title, status, detail = _FAULT, 500, ""
    if isinstance(exception, DatasetteError):
        status = 400 if exception.status == 500 else exception.status  # Datasette's own default for a wrong parameter
        slow = exception.title == "SQL Interrupted"
        title = _SLOW if slow else _SQL if exception.title == "Invalid SQL" else _titled(status)
        detail = "" if exception.message_is_html else str(exception.message)
    elif isinstance(exception, Base400):
        status, detail = exception.status, str(exception.args[0]) if exception.args else ""
        title = _titled(status)
    elif isinstance(exception, MemoryError):  # what SQLite says of a statement with too many steps
        title, status, detail = _SQL, 400, "the statement is too large"
    else:
        traceback.print_exception(exception)
    sql = request.args.get("sql") or "" if title in (_SLOW, _SQL) else ""
    return ErrorNotice(status, title, _WAYS[title], "" if status == 404 else detail, sql[:10_000])


def _titled(status: int) -> Text:
    return {404: _NOTHING, 403: _REFUSED, 500: _FAULT}.get(status, _OTHER)
