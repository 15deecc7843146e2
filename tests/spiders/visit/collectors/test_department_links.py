"""A finance department whose address is wrong: found from its portal's list, accepted by a person, and crawled then."""

from dataclasses import replace

from prober.domain.registry.consistency import site_proposals
from prober.store import open_results
from prober.store.results import registry
from prober.store.results.registry import stored, sync
from tests.languages import VIETNAMESE
from tests.spiders.web import NOW, Bench, Site, Web, agency, entry, page, plain_site

PORTAL = agency("ca-mau")
FINANCE = agency("stc-ca-mau", "finance", "stc.camau.gov.test")  # a name that does not exist
RIGHT = "http://sotaichinh.camau.gov.test/"


def _portal() -> Site:
    """A portal that names its departments on a page of their own, and has everything else that is looked for."""
    menu = entry("/hoi-dap", "Hỏi đáp") + entry("/lien-he", "Liên hệ") + entry("/so-nganh", "Sở, ban, ngành")
    listed = entry("http://snv.camau.gov.test/", "Sở Nội vụ") + entry(f"{RIGHT}?sid=1", "Sở Tài chính")
    return plain_site() | {
        "/tiep-can-thong-tin": page("Tiếp cận thông tin", "<h1>Tiếp cận thông tin</h1>"),
        "/": page("Trang chủ", menu=menu, email="vanphong@camau.gov.test"),
        "/so-nganh": page("Sở, ban, ngành", f"<ul>{listed}</ul>", menu),
    }


def _links(bench: Bench) -> list[tuple[str, str, str, str]]:
    db = open_results(bench.config.paths.results)
    rows = [(r["agency"], r["status"], r["address"], r["trouble"]) for r in site_proposals(registry.site_links(db))]
    db.close()
    return rows


def test_a_wrong_address_is_found_from_the_portal_and_used_once_accepted(web: Web, bench: Bench) -> None:
    web.sites |= {"camau.gov.test": _portal(), "sotaichinh.camau.gov.test": plain_site("stc@camau.gov.test")}
    bench.run(PORTAL, FINANCE)
    # Nothing was wrong yet with the registry's address: the list was not worth a page.
    assert "/so-nganh" not in web.targets("camau.gov.test")
    assert _links(bench) == []
    bench.run(PORTAL, FINANCE)
    assert web.targets("camau.gov.test").count("/so-nganh") == 1
    assert _links(bench) == [("2019-stc-ca-mau", "proposed", RIGHT, "its host name does not exist")]
    assert web.targets("sotaichinh.camau.gov.test") == []  # never visited on the word of a link

    db = open_results(bench.config.paths.results)
    (link,) = registry.site_links(db)
    assert (link["page_url"], link["snippet"]) == ("http://camau.gov.test/so-nganh", "Sở Tài chính")
    registry.accept_site(db, link["id"], "AR", NOW)
    sync(db, [PORTAL, FINANCE], (), "sandbox")  # the registry still says otherwise
    (moved,) = stored(db, "2019", "finance")
    db.close()
    assert (moved.url, moved.alt_urls, moved.url_confidence) == (RIGHT, (FINANCE.url,), "high")
    assert moved.url_source == (
        "accepted by AR on 2020-04-13; http://camau.gov.test/so-nganh links to it as “Sở Tài chính”"
    )
    bench.run(PORTAL, moved)
    assert bench.verdicts("stc-ca-mau")["email"] == "found"
    assert [status for _, status, _, _ in _links(bench)] == ["confirmed"]


def test_a_list_of_departments_costs_at_most_two_pages(web: Web, bench: Bench) -> None:
    menu = "".join(entry(f"/so-{n}", "Các sở, ban, ngành") for n in range(5))
    access = page("Tiếp cận thông tin", "<h1>Tiếp cận thông tin</h1>")  # nothing else is a reason to open sections
    web.sites["camau.gov.test"] = plain_site() | {"/": page("Trang chủ", menu=menu), "/tiep-can-thong-tin": access}
    guessed = replace(FINANCE, url_confidence="low")
    db = open_results(bench.config.paths.results)
    sync(db, [PORTAL, guessed], (), "sandbox")
    assert registry.in_need(db, VIETNAMESE.departments) == {"2019-ca-mau"}
    db.close()
    bench.run(PORTAL)
    assert len([target for target in web.targets("camau.gov.test") if target.startswith("/so-")]) == 2
