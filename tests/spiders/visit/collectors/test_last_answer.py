"""Where the last answer was a refusal, the home page tells whether the site still answers."""

import pytest

from prober.domain.indicator import Kind
from tests.spiders.visit.walking import PAGES, Other, always, gone, visit

CLOSED = "<title>Website tạm ngưng hoạt động</title><p>Hệ thống đang được nâng cấp. Mong quý vị quay trở lại sau.</p>"


def told(answer: Other, from_then_on: bool) -> tuple[str, list[str]]:
    """The verdict on channels, and the paths asked for, where the last page is refused: it alone, or all after it."""
    last = visit(gone, kind=Kind.SOCIAL)[1][-1]
    begun = False

    def site(path: str, number: int) -> tuple[int, str | bytes]:
        nonlocal begun
        begun = begun or path == last
        if path == last or (begun and from_then_on):
            return answer(path, number)
        return (200, PAGES[path]) if path in PAGES else gone(path, number)

    _, asked, state = visit(site, {}, kind=Kind.SOCIAL)
    assert last in asked
    return state, asked


@pytest.mark.parametrize("answer", [always(200, CLOSED), always(403, "<title>403</title>"), always(0, "refused")])
def test_a_site_that_closed_in_the_middle_of_the_visit_was_not_seen(answer: Other) -> None:
    state, asked = told(answer, from_then_on=True)
    assert (state, asked[-1]) == ("not_seen", "/")
    state, asked = told(answer, from_then_on=False)
    assert (state, asked[-1]) == ("not_found", "/")


def test_a_site_that_refuses_nothing_is_not_asked_again() -> None:
    assert visit(gone, kind=Kind.SOCIAL)[1].count("/") == 1


LOGIN = "<title>SSO</title><form action='/vao'><input name='u'><input type='password' name='p'></form>"


@pytest.mark.parametrize("instead", [PAGES["/"], LOGIN], ids=["home page", "login"])
def test_pages_without_anything_of_their_own_at_the_end_are_held_against_a_known_one(instead: str) -> None:
    """From the third page on, or at two of them alone."""
    bare = ("/tin-tuc", "/van-ban")
    known = {path: html.replace("</h1>", "</h1><p>Số 3 đường Hùng Vương</p>") for path, html in PAGES.items()}
    for shut in (True, False):
        begun = False

        def site(path: str, number: int, shut: bool = shut) -> tuple[int, str | bytes]:
            nonlocal begun
            begun = begun or path in bare
            if path in bare or (shut and begun):
                return 200, instead
            return (200, known[path]) if path in known else gone(path, number)

        _, asked, state = visit(site, {"/": PAGES["/"]}, kind=Kind.SOCIAL)
        assert (state, asked[-1]) == ("not_seen" if shut else "not_found", "/lien-he")
