"""Open the menus and tabs of a page whose content only a script brings when a reader opens them.

Only controls are pressed that open a part of the page which is empty or not there yet, outside forms. What a press asks
of the site goes the way of everything that a page requests: no form is sent, and no other page is opened.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from prober.domain.pages.elements import CONTENT, OPENERS, SAID, TARGET, TARGETS, TOOLS

PRESSED = 8  # most controls of one page that are pressed

# Links that come into the document from now on are kept.
_CLOSED = """({openers, targets, target, said, tools, content, most}) => {
  const tool = new RegExp(tools, 'i'), form = new RegExp(`^${target}$`), links = [];
  const words = (node, names) => names.map(name => node.getAttribute(name) || '').join(' ').trim();
  const empty = node => !node.textContent.trim() && !node.querySelector(content);
  const beside = node => {
    let next = node.nextElementSibling;
    while (next && next.localName === 'script') next = next.nextElementSibling;
    return next;
  };
  const named = name => !form.test(name) ? null
    : document.querySelector(name[0] === '.' ? name : `[id="${name.replace('#', '')}"]`);
  const leads = node => {
    for (let next = node.nextElementSibling; next; next = next.nextElementSibling)
      if (next.matches('a[href]') || next.querySelector('a[href]')) return true;
    return false;
  };
  const opens = node => {
    if (tool.test(words(node, said)) || node.closest('form, a[href]') || node.querySelector('a[href]')) return false;
    const parts = targets.map(name => node.getAttribute(name)).filter(Boolean).map(named);
    if (parts.length) return parts.every(part => !part || empty(part));
    if (node.localName === 'div') return !!node.textContent.trim() && !leads(node);
    const next = beside(node);
    if (!next) return node.matches('summary, [aria-expanded], [aria-haspopup]');
    const marked = words(next, ['id', 'class']);
    return (!!marked || node.matches('summary')) && !tool.test(marked) && empty(next);
  };
  const found = [...document.querySelectorAll(openers)].filter(opens).slice(0, most);
  window.open = () => null;
  new MutationObserver(changes => changes.forEach(change => change.addedNodes.forEach(node => {
    if (!node.querySelectorAll) return;
    const inside = [...node.querySelectorAll('a[href]'), ...(node.matches('a[href]') ? [node] : [])];
    links.push(...inside.map(link => link.outerHTML));
  }))).observe(document.documentElement, {childList: true, subtree: true});
  return {found, links};
}"""
_CONTROLS = {
    "openers": OPENERS, "targets": TARGETS, "target": TARGET, "said": SAID, "tools": TOOLS, "content": CONTENT,
    "most": PRESSED,
}  # fmt: skip
_PRESS = """(parts, number) => {
  const control = parts.found[number];
  for (const kind of ['pointerover', 'mouseover']) control.dispatchEvent(new MouseEvent(kind, {bubbles: true}));
  control.dispatchEvent(new MouseEvent('mouseenter'));
  control.click();
}"""


async def links_behind(page: Any, settle: Callable[[], Awaitable[None]]) -> str:
    """Return the links that come into `page` when its closed parts are opened, as HTML; `settle` waits for the page.

    `page` is one of Playwright's.
    """
    parts = await page.evaluate_handle(_CLOSED, _CONTROLS)
    for number in range(int(await parts.evaluate("parts => parts.found.length"))):
        await parts.evaluate(_PRESS, number)
        await settle()
    return str(await parts.evaluate("parts => [...new Set(parts.links)].join(' ')"))
