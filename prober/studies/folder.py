"""Read the folder of a study, with every fault of every file at once."""

import csv
import io
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Set
from functools import cache
from itertools import chain
from pathlib import Path
from zoneinfo import ZoneInfo

from prober.domain.agency import Agency, OtherSurvey, Reference, Succession
from prober.domain.indicator import Indicator
from prober.domain.registry import import_file
from prober.domain.working_days import Calendar
from prober.errors import RegistryError, StudyError
from prober.studies import calendar_file, study_indicators, words_file
from prober.studies import law as law_file
from prober.studies.folder_files import FolderFiles
from prober.studies.law import Law
from prober.studies.packs import languages
from prober.studies.study import AskedDocument, Frame, KindOfAgency, Study, UnitNames, said
from prober.studies.study_file import DocumentEntry, KindEntry, ReferenceEntry, StudyFile
from prober.text.words import Department, NamedDocument, OwnWords, normal
from prober.validation import checked

_HERE = Path(__file__).parent
PACKS = _HERE / "packs"
BLANK = _HERE / "blank"  # what `prober study new` starts from
FILE, WORDS = "study.toml", "words.toml"
MOST_BYTES = 5_000_000  # of one list of agencies
MOST_LINES = 10_000


def packaged_names() -> tuple[str, ...]:
    """Return the names of the studies that come with the prober."""
    found = (path.parent for path in _HERE.glob(f"*/{FILE}"))
    return tuple(sorted(folder.name.replace("_", "-") for folder in found if folder != BLANK))


def packs() -> tuple[str, ...]:
    """Return the names of the language and country packs that come with the prober."""
    return tuple(sorted(path.name for path in PACKS.iterdir() if path.is_dir() and not path.name.startswith("_")))


@cache
def packaged(name: str) -> Study:
    """Return a study that comes with the prober. Raises StudyError for a name that none has."""
    if name not in packaged_names():
        raise StudyError(f"no study {name!r} comes with the prober; it has {', '.join(packaged_names())}")
    return read(_HERE / name.replace("-", "_"))


def named(name: str, root: Path) -> Study:
    """Return the study that `study` in prober.toml names: one that comes with the prober, or a folder below `root`.

    Raises StudyError with every fault of the folder.
    """
    if name in packaged_names():
        return packaged(name)
    folder = root / name
    if not folder.is_dir():
        known = ", ".join(packaged_names())
        raise StudyError(f"study = {name!r}: {folder} is no folder, and the studies that come with the prober: {known}")
    return read(folder)


def read(folder: Path) -> Study:
    """Return the study in `folder`. Raises StudyError with one line for every fault of every file."""
    from prober.studies import letter_files  # loads the templates' language, which a crawl never needs

    files = FolderFiles(folder)
    table = files.table(FILE)
    file: StudyFile | None = None
    if table is not None:
        file, faults = checked(StudyFile, table)
        files.take(FILE, faults)
    # What stands in the other files is read in any case, so that all faults are listed at once.
    law = _law(files, file.law if file else _said(table, "law"))
    calendar = _calendar(files, file.calendar if file else _said(table, "calendar"), file.zone if file else "UTC")
    frames, kinds = ({f.name for f in file.frames}, {k.name for k in file.kinds}) if file else (None, None)
    agencies = _agencies(files, frames, kinds)
    successions = _successions(files, {agency.id for agency in agencies})
    letters = letter_files.letters(files, file.languages[0] if file else "")
    attached = letter_files.attachments(files, file.attachments if file else ())
    sought = _sought(files, file)
    own_words = _own_words(files, file)
    protocol, sources = files.text("protocol.toml"), _sources(files)
    if file:
        files.take(FILE, _contradictions(file))
    if file is None or law is None or calendar is None or protocol is None or files.faults:
        raise StudyError("\n".join(files.faults))
    return Study(
        name=file.name, folder=folder, version=files.sha256, title=file.title, publisher=file.publisher,
        contact=file.contact, languages=file.languages, own_words=own_words,
        frames=tuple(Frame(f.name, f.title) for f in file.frames),
        kinds=tuple(map(_kind, file.kinds)), sought=sought,
        place=UnitNames(file.place.one, file.place.many) if file.place else None,
        documents=tuple(map(_document, file.documents)),
        other_surveys=tuple(
            OtherSurvey(s.name, s.answers, s.of, said(s.counted, "vi"), said(s.counted, "en"), s.source)
            for s in file.other_surveys
        ), references=tuple(chain.from_iterable(map(_references, file.references))),
        regions={region.name: region.title for region in file.regions}, law=law,
        calendar=calendar, waiting_working_days=file.waiting_working_days, confirm=file.confirm,
        decision_days=file.decision_days,
        sandbox=file.sandbox, plugins=dict(file.plugins),
        agencies=agencies, successions=successions, letters=letters, translation=file.translation,
        attachments=attached, protocol=protocol, sources=sources,
    )  # fmt: skip


def _sought(files: FolderFiles, file: StudyFile | None) -> tuple[Indicator, ...]:
    """Return what the study looks for; () with the faults of its file of indicators, its names and its plug-ins."""
    own: tuple[Indicator, ...] = ()
    if files.exists(study_indicators.FILE) and (text := files.text(study_indicators.FILE)) is not None:
        own, faults = study_indicators.read(text)
        files.take(study_indicators.FILE, faults)
        if faults:
            return ()
    if file is None:
        return ()
    sought, faults = study_indicators.indicators_of(file.indicators, file.languages, own, file.plugins)
    files.take(FILE, faults)
    return sought


def _own_words(files: FolderFiles, file: StudyFile | None) -> OwnWords:
    """Return the words that the study adds to those of its languages; none, with the faults, from a faulty file."""
    found = OwnWords()
    faults: list[str] = []
    if files.exists(WORDS) and (text := files.text(WORDS)) is not None:
        found, faults = words_file.read(text, file.languages if file else languages())
    if file and not faults:
        faults = list(words_file.lacking(found, file.languages, file.indicators))
    files.take(WORDS, faults)
    return found


def _said(table: dict[str, object] | None, name: str) -> str:
    """Return a text of a study.toml that is faulty elsewhere; "" if it has none."""
    value = (table or {}).get(name, "")
    return value if isinstance(value, str) else ""


def _law(files: FolderFiles, name: str) -> Law | None:
    text = _of_folder_or_pack(files, name, "law.toml")
    if text is None:
        return None
    found, faults = law_file.read(text)
    files.take(name, faults)
    return found


def _calendar(files: FolderFiles, name: str, zone: str) -> Calendar | None:
    text = _of_folder_or_pack(files, name, "calendar.toml")
    if text is None:
        return None
    found, faults = calendar_file.read(text, ZoneInfo(zone))
    files.take(name, faults)
    return found


def _of_folder_or_pack(files: FolderFiles, name: str, file: str) -> str | None:
    """Return the text of a file of the study, or of the file of a pack; None, with a fault, if there is neither."""
    if name in packs() and (PACKS / name / file).is_file():
        return FolderFiles(PACKS / name).text(file)
    if name.endswith(".toml"):
        return files.text(name)
    if name:
        known = ", ".join(pack for pack in packs() if (PACKS / pack / file).is_file()) or "none"
        files.fault(
            FILE, f"{file.removesuffix('.toml')}: {name!r} is no pack with a {file} ({known}) and no .toml file"
        )
    return None


def _kind(entry: KindEntry) -> KindOfAgency:
    department = None
    if entry.part_of:
        called = tuple(map(normal, entry.called))
        department = Department(entry.name, entry.part_of, called, entry.marks, entry.mail_domains)
    return KindOfAgency(entry.name, entry.one, entry.many, entry.asked, department)


def _document(entry: DocumentEntry) -> AskedDocument:
    known_by = NamedDocument(entry.name, entry.words, entry.year, entry.level, entry.forms)
    return AskedDocument(entry.name, entry.name_en or entry.name, known_by)


def _references(entry: ReferenceEntry) -> Iterator[Reference]:
    words = [said(wording or {}, language) for wording in (entry.about, entry.limits) for language in ("vi", "en")]
    for indicator, count in entry.counts.items():
        yield Reference(entry.frame, indicator, entry.name, count, entry.of, *words)


def _contradictions(file: StudyFile) -> Iterator[str]:
    for what, names in (("frame", [f.name for f in file.frames]), ("kind", [k.name for k in file.kinds])):
        yield from (f"{what} {name!r} is there twice" for name in sorted({n for n in names if names.count(n) > 1}))
    if not any(kind.asked for kind in file.kinds):
        yield "kind: nobody is asked; set asked = true for the kind that gets letters"
    frames = {frame.name for frame in file.frames}
    for place, survey in enumerate(file.references):
        if survey.frame not in frames:
            yield f"reference {survey.name!r}: frame = {survey.frame!r} is no [[frame]] of this study"
        if survey.frame in [before.frame for before in file.references[:place]]:
            yield f"reference {survey.name!r}: a list is compared with one survey, and frame {survey.frame!r} has one"
        if over := [f"{name} = {count}" for name, count in survey.counts.items() if count > survey.of]:
            yield f"reference {survey.name!r}: {', '.join(over)} is more than of = {survey.of}"
    known = {kind.name for kind in file.kinds}
    for kind in file.kinds:
        if kind.part_of and kind.part_of not in known - {kind.name}:
            yield f"kind {kind.name!r}: part_of = {kind.part_of!r} is no other kind of this study"
        if kind.part_of and not (kind.called and kind.marks):
            yield f"kind {kind.name!r}: a department needs called and marks, by which its site is known"
        if not kind.part_of and (kind.called or kind.marks or kind.mail_domains):
            yield f"kind {kind.name!r}: called, marks and mail_domains are of departments; part_of is missing"


def _agencies(files: FolderFiles, frames: Set[str] | None, kinds: Set[str] | None) -> tuple[Agency, ...]:
    """Return the agencies of every agencies/*.csv; a list without the column `frame` is that of the file's name.

    Faults are kept in `files`: those of every row, a frame or kind that is not among those declared (None: not known),
    and an agency that is there twice.
    """
    found: list[Agency] = []
    for name in files.names("agencies", ".csv"):
        raw = files.bytes(name, MOST_BYTES)
        if raw is None:
            continue
        if raw.count(b"\n") > MOST_LINES:
            files.fault(name, f"has more than {MOST_LINES} lines")
            continue
        header = raw.partition(b"\n")[0].decode("utf-8-sig", "replace").lower()
        frame = "" if "frame" in header.replace(";", ",").replace("\t", ",").strip().split(",") else _stem(name)
        try:
            good, bad = import_file.read(raw, frame)
        except RegistryError as error:
            files.fault(name, str(error))
            continue
        files.take(name, (f"line {row.line}: {row.reason}" for row in bad))
        _declared(files, name, "frame", {agency.frame for agency in good}, frames)
        _declared(files, name, "kind", {agency.kind for agency in good}, kinds)
        found += good
    for agency, times in Counter(agency.id for agency in found).items():
        if times > 1:
            files.fault("agencies", f"{agency} is in several files")
    return tuple(found)


def _declared(files: FolderFiles, name: str, what: str, used: Set[str], declared: Set[str] | None) -> None:
    for value in sorted(used - declared) if declared is not None else ():
        known = ", ".join(sorted(declared or ()))
        files.fault(name, f"{what} {value!r} is not declared in study.toml; it declares {known}")


def _successions(files: FolderFiles, known: Container[str]) -> tuple[Succession, ...]:
    """Return the rows of successions.csv; none where there is no such file. `known` are the ids of all agencies."""
    name = "successions.csv"
    raw = files.bytes(name, MOST_BYTES) if files.exists(name) else None
    if raw is None:
        return ()
    try:
        good, bad = import_file.read_successions(raw, known)
    except RegistryError as error:
        files.fault(name, str(error))
        return ()
    files.take(name, (f"line {row.line}: {row.reason}" for row in bad))
    return tuple(good)


def _sources(files: FolderFiles) -> tuple[Mapping[str, str], ...]:
    """Return the rows of fields.csv, which tell where the fields of the list come from; none without that file."""
    name, columns = "fields.csv", ("field", "frame", "source", "confidence")
    text = files.text(name) if files.exists(name) else None
    if text is None:
        return ()
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        if set(reader.fieldnames or ()) != set(columns):
            files.fault(name, f"line 1: the columns are {', '.join(columns)}")
            return ()
        return tuple({column: row[column] or "" for column in columns} for row in reader)
    except csv.Error as error:
        files.fault(name, f"line {reader.line_num}: not valid CSV: {error}")
        return ()


def _stem(name: str) -> str:
    return name.rpartition("/")[2].removesuffix(".csv")
