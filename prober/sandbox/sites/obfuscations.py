"""Write addresses in the ways of Vietnamese portals: people can read them, harvesters cannot.

Each disguise is a function from an address to HTML. Forms: docs/reference/wording.md#obfuscated-addresses.
"""

from collections.abc import Callable
from html import escape


def plain(address: str) -> str:
    return address


def mailto(address: str) -> str:
    return f'<a href="mailto:{address}">{address}</a>'


def bracket_a(address: str) -> str:
    return address.replace("@", "[a]")


def paren_at(address: str) -> str:
    return address.replace("@", "(at)")


def a_cong(address: str) -> str:
    """Return the address as it is read out: a còng, chấm."""
    user, domain = address.split("@")
    return f"{user} (a còng) {domain.replace('.', ' (chấm) ')}"


def full_width(address: str) -> str:
    return address.replace("@", "\uff20")


def entities(address: str) -> str:
    """Return the address with every character as a number, also of the scheme, as NukeViet does."""
    written = "".join(f"&#{ord(letter)};" for letter in address)
    scheme = "".join(f"&#{ord(letter)};" for letter in "mailto:")
    return f'<a href="{scheme}{written}">{written}</a>'


def cloudflare(address: str) -> str:
    """Return a key byte, then every byte XORed with it, in hex."""
    key = 0x5A ^ (len(address) & 0x1F)
    code = f"{key:02x}" + "".join(f"{byte ^ key:02x}" for byte in address.encode())
    return (
        f'<a href="/cdn-cgi/l/email-protection#{code}" class="__cf_email__" data-cfemail="{code}">'
        "[email&#160;protected]</a>"
        '<script data-cfasync="false" src="/cdn-cgi/scripts/5c5dd728/cloudflare-static/email-decode.min.js"></script>'
    )


CLOUDFLARE_DECODER = """(function(){function d(h){var k=parseInt(h.substr(0,2),16),s='',i;
for(i=2;i<h.length;i+=2){s+=String.fromCharCode(parseInt(h.substr(i,2),16)^k);}return s;}
var n=document.querySelectorAll('[data-cfemail]'),i,a;for(i=0;i<n.length;i++){a=d(n[i].getAttribute('data-cfemail'));
n[i].textContent=a;n[i].href='mailto:'+a;n[i].removeAttribute('data-cfemail');}})();"""


def js_concatenation(address: str) -> str:
    user, domain = address.split("@")
    pieces = "+'.'+".join(f"'{piece}'" for piece in domain.split("."))
    return (
        f"<script type=\"text/javascript\">var u='{user}';var d={pieces};"
        "document.write('<a href=\"mailto:'+u+'@'+d+'\">'+u+'@'+d+'</a>');</script>"
    )


def joomla_cloak(address: str) -> str:
    """Return the address as Joomla's e-mail cloaking plug-in does."""
    user, domain = address.split("@")
    mark = f"cloak{sum(address.encode()) * 7919:08d}"
    dotted = " + '&#46;' + ".join(f"'{piece}'" for piece in domain.split("."))
    half = max(1, len(user) // 2)
    return (
        f'<span id="{mark}">Địa chỉ email này đang được bảo vệ từ spam bots. '
        "Bạn cần kích hoạt JavaScript để xem nó.</span>"
        f"<script type='text/javascript'>document.getElementById('{mark}').innerHTML = '';"
        "var prefix = '&#109;a' + 'i&#108;' + '&#116;o';var path = 'hr' + 'ef' + '=';"
        f"var addy{mark} = '{user[:half]}' + '{user[half:]}' + '&#64;';addy{mark} = addy{mark} + {dotted};"
        f"var addy_text{mark} = addy{mark};document.getElementById('{mark}').innerHTML += "
        f"'<a ' + path + '\\'' + prefix + ':' + addy{mark} + '\\'>' + addy_text{mark} + '<\\/a>';</script>"
    )


def data_attributes(address: str) -> str:
    user, domain = address.split("@")
    return (
        f'<a class="thu-dien-tu" data-user="{user}" data-domain="{domain}" href="#">(bật JavaScript để xem)</a>'
        "<script>document.querySelectorAll('a.thu-dien-tu').forEach(function(e){"
        "var m=e.dataset.user+'@'+e.dataset.domain;e.textContent=m;e.href='mailto:'+m;});</script>"
    )


def image(address: str) -> str:
    return f'<img src="/img/thu-dien-tu.svg" width="240" height="18" alt="{escape(address)}">'


# Name → (function, where it is shown). "all": contact page and footer; others only there. "document": on no page, but
# in a list of mailboxes that the contact page links to.
FORMS: dict[str, tuple[Callable[[str], str], str]] = {
    "plain": (plain, "all"),
    "mailto": (mailto, "all"),
    "bracket-a": (bracket_a, "all"),
    "paren-at": (paren_at, "all"),
    "a-cong": (a_cong, "all"),
    "full-width": (full_width, "all"),
    "entities": (entities, "all"),
    "cloudflare": (cloudflare, "all"),
    "js-concatenation": (js_concatenation, "all"),
    "joomla-cloak": (joomla_cloak, "all"),
    "data-attributes": (data_attributes, "all"),
    "image-alt": (image, "all"),
    "english-only": (mailto, "english"),
    "contact-only": (plain, "contact"),
    "editor-footer": (mailto, "contact"),
    "pdf-list": (plain, "document"),
    "docx-list": (plain, "document"),
}
DISGUISES = tuple(name for name, (_, where) in FORMS.items() if where != "document")  # assigned to sites in turn


def disguised(name: str, address: str) -> str:
    """Return the address as HTML in the named disguise."""
    return FORMS[name][0](address)


def shown_on(name: str, place: str) -> bool:
    """Return True if an address in this disguise is shown in `place`: contact, footer or english."""
    where = FORMS[name][1]
    return where == place or (where == "all" and place in ("contact", "footer", "english"))
