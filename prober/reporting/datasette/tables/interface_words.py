"""Give Datasette's own pages the words of the reader's language, and names for the fields, for screen readers.

Datasette 0.65 has its words, English, in its templates. They are replaced in the page, piece by piece of markup that
only the template can have written: what data hold is escaped, so no cell looks like one of these pieces.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from markupsafe import Markup, escape

from prober.reporting.datasette.tables.metadata import plain
from prober.reporting.words import translations
from prober.reporting.words.labels import Text
from prober.text.patterns import linear

# Fields without a name of their own.
_NAMES: Final = (
    (linear(r'<select name="_filter_column(_\d+)?"'), Text("Cột để lọc", "Column to filter by")),
    (linear(r'<select name="_filter_op(_\d+)?"'), Text("Cách so sánh", "How to compare")),
    (linear(r'<select name="_sort" id="sort_by"'), Text("Cột để sắp xếp", "Column to sort by")),
    (linear(r'<input type="text" name="_filter_value(_\d+)?"'), Text("Giá trị để so sánh", "Value to compare with")),
    (linear(r'<input type="checkbox" name="_sort_by_desc"'), Text("Xếp từ lớn đến nhỏ", "Sort downwards")),
    (linear(r'<textarea id="sql-editor"'), Text("Câu lệnh SQL", "SQL query")),
)
# A word of the template with the markup around it, and how it is said in Vietnamese, markup and all.
_VIETNAMESE: Final = (
    ('<input type="submit" value="Apply">', '<input type="submit" value="Lọc">'),
    ('value="Run SQL"', 'value="Chạy"'),
    ('value="Export CSV"', 'value="Tải CSV"'),
    ('<label for="_search">Search:</label>', '<label for="_search">Tìm:</label>'),
    ('<option value="">- column -</option>', '<option value="">cột</option>'),
    ('<option value="">- remove filter -</option>', '<option value="">bỏ điều kiện này</option>'),
    ('<option value="">Sort...</option>', '<option value="">Sắp xếp…</option>'),
    ("> descending</label>", "> từ lớn đến nhỏ</label>"),
    ('<p class="export-links">This data as', '<p class="export-links">Dữ liệu này:'),
    ("<p>This data as <a", "<p>Dữ liệu này: <a"),
    ('(<a href="#export">advanced</a>)', '(<a href="#export">tùy chọn</a>)'),
    ("<h3>Advanced export</h3>", "<h3>Tải về theo tùy chọn</h3>"),
    ("<p>JSON shape:", "<p>Dạng JSON:"),
    (">default</a>,", ">mặc định</a>,"),
    (">array</a>,", ">mảng</a>,"),
    (">newline-delimited</a>", ">mỗi dòng một đối tượng</a>"),
    (">object</a>", ">đối tượng</a>"),
    ("CSV options:", "Tùy chọn CSV:"),
    ('name="_dl"> download file</label>', 'name="_dl"> tải thành tệp</label>'),
    ('name="_labels" checked> expand labels</label>', 'name="_labels" checked> kèm tên của khóa</label>'),
    ('name="_stream"> stream all rows</label>', 'name="_stream"> mọi dòng</label>'),
    ("<h3>Query parameters</h3>", "<h3>Tham số</h3>"),
    ("<h3>Custom SQL query", "<h3>Câu lệnh SQL"),
    ("hidden>Format SQL</button>", "hidden>Trình bày lại SQL</button>"),
    ('<h2 id="tables">Tables</h2>', '<h2 id="tables">Các bảng</h2>'),
    ('<h2 id="views">Views</h2>', '<h2 id="views">Các bảng tổng hợp</h2>'),
    ('<h2 id="queries">Queries</h2>', '<h2 id="queries">Câu hỏi có sẵn</h2>'),
    ("<p>Many rows</p>", "<p>Nhiều dòng</p>"),
    ("Download SQLite DB: <a", "Tải tệp SQLite: <a"),
    ("<h2>Links from other tables</h2>", "<h2>Các dòng liên quan</h2>"),
    ('<span class="underlined">View and edit SQL</span>', '<span class="underlined">Xem và sửa câu lệnh SQL</span>'),
    ('class="canned-query-edit-sql">Edit SQL</a>', 'class="canned-query-edit-sql">Sửa câu lệnh SQL</a>'),
    ('">show</a>)</span>', '">hiện</a>)</span>'),
    ('">hide</a>)</span>', '">ẩn</a>)</span>'),
    (">Next page</a>", ">Trang sau</a>"),
    ('<p class="zero-results">0 results</p>', '<p class="zero-results">Không có kết quả nào.</p>'),
    ('<p class="facets-timed-out">These facets timed out:', '<p class="facets-timed-out">Chưa kịp nhóm theo:'),
    (">home</a>", ">trang đầu</a>"),
    ("Powered by <a", "Chạy bằng <a"),
    ("Data license:", "Giấy phép dữ liệu:"),
    ("Data source: ", "Nguồn dữ liệu: "),
)
_QUESTIONS: Final = ('<h2 id="queries">Queries</h2>', '<h2 id="queries">Questions</h2>')
# How to compare, as it stands between the tags of an option.
_COMPARED: Final = {
    "contains": "có chứa", "ends with": "kết thúc bằng", "starts with": "bắt đầu bằng", "like": "theo mẫu",
    "not like": "không theo mẫu", "glob": "theo mẫu glob", "in": "là một trong", "not in": "không thuộc",
    "array contains": "mảng có chứa", "array does not contain": "mảng không chứa", "date": "vào ngày",
    "is null": "không có giá trị", "is not null": "có giá trị", "is blank": "trống", "is not blank": "không trống",
}  # fmt: skip
_OPTION: Final = linear(rf'(<option value="[a-z_0-9]+"(?: selected)?>)({"|".join(_COMPARED)})</option>')
_SORT: Final = linear(r'(<option value="[^"]*"(?: selected)?>)Sort by ')
_ROWS: Final = linear(r"<h3>(?:Custom SQL query returning )?(more than )?([\d,]+) rows?\b")
_HELD: Final = linear(r"<p>([\d,]+) rows?</p>")
_TOOK: Final = linear(r"&middot; Queries took (\d+)(?:\.(\d+))?ms")
_LINKED: Final = linear(r"([\d,]{1,20}) rows?</a>\s+from (\w+) in (\w+)\s")
_DESCRIBED: Final = linear(r'<dl class="column-descriptions">(?:[^<]|<(?!/?dl))*</dl>')
_MEANING: Final = linear("<dd>([^<]*)</dd>")
_HEAD: Final = linear(r'(<th class="[^"]*" scope="col" data-column="[^"]*" title=)"([^"]*)"')
_IN_BOTH = r"(?:\[([^·<]*) · ([^\]<]*)\] )?([a-z_]+: )?([^<]*) – ([^<]*?)"  # as titles stand in the metadata
_TITLE: Final = linear(rf"(<h1[^<>]*>){_IN_BOTH}(?: [(]view[)])?(?=</h1>)")
_LISTED: Final = linear(rf'(<li><a href="[^"]*"(?: title="[^"]*")?>){_IN_BOTH}(?=</a>)')


def accessible(page: Markup, language: str) -> Markup:
    """Return `page` with a name on every field of its forms, in the words of `language`.

    >>> accessible(Markup('<select name="_filter_op_1"><option value="contains">contains</option>'), "vi")
    Markup('<select name="_filter_op_1" aria-label="Cách so sánh"><option value="contains">có chứa</option>')

    >>> accessible(Markup("<h3>Custom SQL query returning more than 1,200 rows</h3>"), "vi")
    Markup('<h3 aria-level="2">1.200 dòng đầu; CSV và JSON có thêm</h3>')
    >>> accessible(Markup("<h1>[Mô phỏng · Simulated] scan: Các đợt quét – Scans</h1>"), "en")
    Markup('<h1>[Simulated] scan: Scans</h1>')
    >>> accessible(Markup('<li><a href="/results/scan">scan: Các đợt quét – Scans</a>'), "vi")
    Markup('<li><a href="/results/scan">scan: Các đợt quét</a>')
    """
    text = str(page)  # re would join parts of a Markup by escaping them
    for pattern, name in _NAMES:
        text = pattern.sub(rf'\g<0> aria-label="{name.vi if language == "vi" else name.en}"', text)
    if 'class="column-descriptions"' in text:
        text = _DESCRIBED.sub(lambda found: _descriptions(found, language), text, count=1)
    if language == "vi":
        text = _HEAD.sub(lambda found: f'{found[1]}"{_in_vietnamese(found[2])}"', text)
    text = _LISTED.sub(lambda found: _title(found, language), text)
    text = _TITLE.sub(lambda found: _title(found, language), text, count=1)
    text = _vietnamese(text) if language == "vi" else _ROWS.sub(_rows_en, text, count=1).replace(*_QUESTIONS)
    return Markup(text.replace("<h3>", '<h3 aria-level="2">'))  # Datasette has none between these and the h1


def _vietnamese(text: str) -> str:
    text = _ROWS.sub(_rows, text, count=1)
    text = _OPTION.sub(lambda found: f"{found[1]}{_COMPARED[found[2]]}</option>", text)
    text = _SORT.sub(r"\1Sắp xếp theo ", text)
    text = _HELD.sub(lambda found: f"<p>{_number(found[1])} dòng</p>", text)
    text = _TOOK.sub(lambda found: f"&middot; Truy vấn mất {','.join(filter(None, found.groups()))} ms", text)
    text = _LINKED.sub(lambda found: f"{_number(found[1])} dòng</a> có {found[2]} trong {found[3]} ", text)
    for english, vietnamese in _VIETNAMESE:
        text = text.replace(english, vietnamese)
    return text


def _descriptions(found: re.Match[str], language: str) -> str:
    """Return what the columns mean, folded; what is said in English alone is marked so."""
    summary = "Ý nghĩa các cột" if language == "vi" else "What the columns mean"
    told = found[0] if language == "en" else _MEANING.sub(_meaning, found[0])
    return f'<details class="columns"><summary>{summary}</summary>{told}</details>'


def _meaning(found: re.Match[str]) -> str:
    said = _in_vietnamese(found[1])
    return f"<dd>{said}</dd>" if said != found[1] else f'<dd lang="en">{said}</dd>'


def _in_vietnamese(meaning: str) -> str:
    """Return what a column means, as markup; the English where a study has a column of its own."""
    vietnamese = _meanings().get(Markup(meaning).unescape())
    return escape(vietnamese) if vietnamese else meaning


@cache
def _meanings() -> Mapping[str, str]:
    return {plain(en): plain(vi) for en, vi in translations.of_schema().items()}


def _title(found: re.Match[str], language: str) -> str:
    """Return a title, of which Datasette knows both languages, in one."""
    mark, said = (found[2], found[5]) if language == "vi" else (found[3], found[6])
    return f"{found[1]}{f'[{mark}] ' if mark else ''}{found[4] or ''}{said}"


def _rows(found: re.Match[str]) -> str:
    return f"<h3>{_number(found[2])} dòng{' đầu; CSV và JSON có thêm' if found[1] else ''}"


def _rows_en(found: re.Match[str]) -> str:
    if found[1]:
        return f"<h3>first {found[2]} rows; CSV and JSON have more"
    return f"<h3>{found[2]} row{'' if found[2] == '1' else 's'}"


def _number(english: str) -> str:
    return english.replace(",", ".")
