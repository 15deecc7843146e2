"""The words of languages, for tests that read a page by themselves."""

from prober.studies.packs import POBI, words

VI = words(POBI)
EN = words(("en",))
