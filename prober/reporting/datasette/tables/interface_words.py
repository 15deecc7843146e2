"""Give Datasette's own pages words in both languages, and names for the fields that a screen reader reads out.

Datasette 0.65 has its words in its templates. They are replaced in the page, piece by piece of markup that only the
template can have written: what data hold is escaped, so no cell looks like one of these pieces.
"""

import re
from typing import Final

from markupsafe import Markup

# Fields without a name of their own.
_NAMES: Final = (
    (r'<select name="_filter_column(_\d+)?"', "Column to filter by"),
    (r'<select name="_filter_op(_\d+)?"', "How to compare"),
    (r'<select name="_sort" id="sort_by"', "Column to sort by"),
    (r'<input type="text" name="_filter_value(_\d+)?"', "Value to compare with"),
    (r'<input type="checkbox" name="_sort_by_desc"', "Sort downwards"),
    (r'<textarea id="sql-editor"', "SQL query"),
)
_WORDS: Final = (
    ('<input type="submit" value="Apply">', '<input type="submit" value="Lọc · Apply">'),
    ('value="Run SQL"', 'value="Chạy · Run SQL"'),
    ('value="Export CSV"', 'value="Tải CSV · Export CSV"'),
    ('<label for="_search">Search:</label>', '<label for="_search"><span lang="vi">Tìm</span> · Search:</label>'),
    ('<option value="">- column -</option>', '<option value="">cột · column</option>'),
    (
        '<p class="export-links">This data as',
        '<p class="export-links"><span lang="vi">Dữ liệu này</span> · This data as',
    ),
    ("<h3>Advanced export</h3>", '<h3><span lang="vi">Tải về</span> · Advanced export</h3>'),
    ("<h3>Query parameters</h3>", '<h3><span lang="vi">Tham số</span> · Query parameters</h3>'),
    ('<h2 id="queries">Queries</h2>', '<h2 id="queries"><span lang="vi">Câu hỏi có sẵn</span> · Questions</h2>'),
    ('<h2 id="tables">Tables</h2>', '<h2 id="tables"><span lang="vi">Các bảng</span> · Tables</h2>'),
    ('<h2 id="views">Views</h2>', '<h2 id="views"><span lang="vi">Các bảng tổng hợp</span> · Views</h2>'),
    (
        "<h2>Links from other tables</h2>",
        '<h2><span lang="vi">Các dòng liên quan</span> · Links from other tables</h2>',
    ),
    (
        '<span class="underlined">View and edit SQL</span>',
        '<span class="underlined"><span lang="vi">Xem và sửa câu lệnh SQL</span> · View and edit SQL</span>',
    ),
    (
        'class="canned-query-edit-sql">Edit SQL</a>',
        'class="canned-query-edit-sql"><span lang="vi">Sửa câu lệnh SQL</span> · Edit SQL</a>',
    ),
    (">Next page</a>", '><span lang="vi">Trang sau</span> · Next page</a>'),
    (
        '<dl class="column-descriptions">',
        '<details class="columns"><summary><span lang="vi">Ý nghĩa các cột</span> · What the columns mean</summary>'
        '<dl class="column-descriptions">',
    ),
)
_ROWS: Final = re.compile(r"<h3>(?:Custom SQL query returning )?(more than )?([\d,]+) rows?\b")


def accessible(page: Markup) -> Markup:
    """Return `page` with a name on every field of its forms, and words in both languages.

    >>> accessible(Markup('<select name="_filter_op_1"><option>='))
    Markup('<select name="_filter_op_1" aria-label="How to compare"><option>=')

    >>> accessible(Markup("<h3>Custom SQL query returning more than 5,000 rows</h3>"))
    Markup('<h3><span lang="vi">hơn 5,000 dòng</span> · more than 5,000 rows</h3>')
    """
    text = str(page)  # re would join parts of a Markup by escaping them
    for pattern, name in _NAMES:
        text = re.sub(pattern, rf'\g<0> aria-label="{name}"', text)
    for english, both in _WORDS:
        text = text.replace(english, both)
    if 'class="column-descriptions"' in text:
        text = text.replace("</dl>", "</dl></details>", 1)
    return Markup(_ROWS.sub(_rows, text, count=1))


def _rows(found: re.Match[str]) -> str:
    more, count = found[1] or "", found[2]
    said = f"{'hơn ' if more else ''}{count} dòng"
    return f'<h3><span lang="vi">{said}</span> · {more}{count} row{"" if count == "1" else "s"}'
