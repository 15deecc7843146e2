"""Collect what a visit gathers besides findings, one collector per module; `SiteVisit` has their order."""
