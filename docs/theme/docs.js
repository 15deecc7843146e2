// Tables that are wider than the page are pushed sideways, by keyboard too.
document$.subscribe(() => {
  for (const wide of document.querySelectorAll(".md-typeset__scrollwrap")) {
    wide.tabIndex = 0
  }
})
