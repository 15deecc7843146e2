"""The states in which WordPress is crawled: what nginx or a plugin does, and which verdicts are allowed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

KINDS = ("qa", "email", "web_form", "social", "access", "budget")
FULL = frozenset({"qa", "email", "web_form", "access", "budget"})
LITTLE = frozenset({"email", "web_form"})
SECTIONS = ("qa", "access", "budget")
P, A, U = "found", "not_found", "not_seen"
SEEN: dict[str, set[str]] = {kind: {P} for kind in FULL} | {"social": {A, U}}
PARTLY: dict[str, set[str]] = {kind: {P, U} for kind in FULL} | {"social": {A, U}}
SHUT: dict[str, set[str]] = {kind: {U} for kind in KINDS}
CLOSED_SECTIONS: dict[str, set[str]] = PARTLY | {"qa": {U}, "budget": {U}}

SECTION = "^/(hoi-dap|cong-khai-ngan-sach|tiep-can-thong-tin)"


def robots(*lines: str) -> str:
    text = "\\n".join(("User-agent: *", *lines))
    return f'location = /robots.txt {{ default_type text/plain; return 200 "{text}\\n"; }}'


@dataclass(frozen=True)
class State:
    """One host: `rules` and `answers` are nginx's, `wordpress` is what the plugin of states.php is told."""

    name: str
    site: str = "full"
    wordpress: str = ""
    rules: str = ""
    answers: str = ""  # beside fastcgi_pass
    allowed: Mapping[str, set[str]] = field(default_factory=dict)
    never: str = ""  # a pattern of addresses that robots.txt closes

    @property
    def host(self) -> str:
        return f"{self.name}.gov.test"


LIMITED = "limit_req zone=two_a_second burst=3 nodelay;"
BANNED = "limit_req zone=one_a_minute burst=5 nodelay; limit_req_status 403;"
NO_SUCH = "fastcgi_intercept_errors on; error_page 404 =403 /cam.html;"

STATES = (
    State("in-menu", allowed=SEEN),
    State("in-sitemap", wordpress="hidden", allowed=SEEN),
    State("limit503", wordpress="hidden", rules=LIMITED, allowed=PARTLY),
    State("limit429", wordpress="hidden", rules=f"{LIMITED} limit_req_status 429;", allowed=PARTLY),
    State("ban403", rules=BANNED, allowed=PARTLY),
    State("ban403-hidden", wordpress="hidden", rules=BANNED, allowed=PARTLY),
    State(
        "robots-menu", rules=robots("Disallow: /hoi-dap", "Disallow: /cong-khai", "Disallow: /tiep-can"),
        allowed=CLOSED_SECTIONS, never=SECTION,
    ),
    State(
        "robots-sitemap", wordpress="hidden",
        rules=robots("Disallow: /hoi-dap", "Disallow: /cong-khai", "Disallow: /tiep-can", "Disallow: /wp-sitemap"),
        allowed=CLOSED_SECTIONS, never=f"{SECTION}|^/wp-sitemap",
    ),
    State("maintenance", wordpress="maintenance", allowed=SHUT),
    State("soon", wordpress="soon", allowed=SHUT),
    State("login", wordpress="login", allowed=SHUT),
    State("no-database", wordpress="no-database", allowed=SHUT),
    State("section500", rules=f"location ~ {SECTION} {{ return 500; }}", allowed=CLOSED_SECTIONS),
    State("firewall", rules="location = /cam.html { return 403; } location ~ (select|union) { return 403; }", answers=NO_SUCH, allowed=SEEN),
    State("little-whole", site="little", allowed={kind: {P} for kind in LITTLE} | {kind: {A} for kind in SECTIONS} | {"social": {A}}),
    State("little-ban403", site="little", rules=BANNED, allowed=dict.fromkeys(KINDS, {U}) | {kind: {P, U} for kind in LITTLE}),
    State("little-limit429", site="little", rules=f"{LIMITED} limit_req_status 429;", allowed={kind: {P, U} for kind in LITTLE} | dict.fromkeys((*SECTIONS, "social"), {A, U})),
)  # fmt: skip
