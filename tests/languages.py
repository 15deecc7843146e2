"""The words of languages, for tests that read a page by themselves."""

from prober.studies.folder import packaged
from prober.studies.packs import words
from prober.text.words import Vocabulary

VIETNAMESE = Vocabulary(("vi",), departments=packaged("pobi-2019").vocabulary.departments)
ENGLISH = Vocabulary(("en",))
VI = words(VIETNAMESE)
EN = words(ENGLISH)
