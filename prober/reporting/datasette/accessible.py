"""What Datasette 0.65 leaves without a name: the fields of its filter form, for readers who hear the page."""

import re

from markupsafe import Markup

_NAMES = (
    (r'<select name="_filter_column(_\d+)?"', "Column to filter by"),
    (r'<select name="_filter_op(_\d+)?"', "How to compare"),
    (r'<select name="_sort" id="sort_by"', "Column to sort by"),
    (r'<input type="text" name="_filter_value(_\d+)?"', "Value to compare with"),
    (r'<input type="checkbox" name="_sort_by_desc"', "Sort downwards"),
    (r'<textarea id="sql-editor"', "SQL query"),
)


def named(page: Markup) -> Markup:
    """`page` with a name on every field of the filter form.

    >>> named(Markup('<select name="_filter_op_1"><option>='))
    Markup('<select name="_filter_op_1" aria-label="How to compare"><option>=')
    """
    text = str(page)  # re would join parts of a Markup by escaping them
    for pattern, name in _NAMES:
        text = re.sub(pattern, rf'\g<0> aria-label="{name}"', text)
    return Markup(text)
