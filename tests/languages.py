"""The words of languages, for tests that read a page by themselves."""

from prober.studies.packs import POBI, words
from prober.text.words import Vocabulary

VI = words(POBI)
EN = words(Vocabulary(("en",)))
