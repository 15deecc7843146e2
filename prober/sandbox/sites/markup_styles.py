"""Tell which family of markup a technology uses for lists and fact sheets."""

_TABLES = frozenset({"sharepoint", "dotnetnuke", "websphere", "portal-pages"})
_LISTS = frozenset({"joomla", "nukeviet", "wordpress"})
# ASP.NET wraps the whole page in one form, so that an inner form is impossible: boxes are plain divs.
ASP_NET = frozenset({"sharepoint", "dotnetnuke", "portal-pages"})


def style_of(technology: str) -> str:
    """Return tables, lists or divs."""
    if technology in _TABLES:
        return "tables"
    return "lists" if technology in _LISTS else "divs"
