"""Name the controls of a page that open a part of it, for the code that reads pages and the script that opens them."""

OPENERS = (
    'button:not([type="submit" i]), summary, [aria-expanded="false"], [aria-haspopup], [role="button"], [role="tab"], '
    'div[class*="menu" i]:not(:has(*)), div[id*="menu" i]:not(:has(*))'
)
TARGETS = ("aria-controls", "data-target", "data-bs-target")  # where a control names what it opens
TARGET = r"[#.]?[\w-]+"  # the forms of such a name that are followed: an id, or a class
SAID = ("id", "class", "aria-label", "title", "type")
# What is said of controls, and of the places beside them, that belong to something else than sections.
TOOLS = (
    r"search|close|log-?in|lang|share|print|prev|next|slick|swiper|carousel|slide|play|zoom|top\b|cookie|chat|captcha"
    r"|modal|popup|overlay|toast|clear|load|translate|google|fb-root|font|contrast"
)
CONTENT = "a[href], img, input, iframe, canvas, svg"  # a part with one of these, or with text, is not empty
