"""PDFs with forms and signatures: what was filled in, and who signed."""

import io
from datetime import date, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, ByteStringObject, DictionaryObject, NameObject, TextStringObject
from reportlab.pdfgen.canvas import Canvas

from prober.documents import readers
from prober.documents.media_types import PDF
from prober.documents.notes import faulty, note
from prober.sandbox.sites.sample_documents import pdf

PAPER = pdf(["So Tai chinh gui du toan ngan sach nam 2020"], date(2020, 4, 13))
SHOWN = "So Tai chinh gui du toan ngan sach nam 2020"


def form(values: dict[str, str]) -> bytes:
    """A form with fields to be filled in, as a program for forms saves it."""
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.drawString(80, 800, "PHIEU YEU CAU CUNG CAP THONG TIN")
    for number, name in enumerate(("nguoi_yeu_cau", "noi_dung")):
        canvas.acroForm.textfield(name=name, tooltip=name, x=80, y=700 - 40 * number, borderStyle="inset")
    canvas.acroForm.checkbox(name="dong_y", tooltip="dong_y", x=80, y=500)
    canvas.save()
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(out.getvalue())))
    for page in writer.pages:
        writer.update_page_form_field_values(page, values, auto_regenerate=False)
    return _written(writer)


def _written(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def signed(name: str = "", certificate: bytes = b"") -> bytes:
    """PAPER with the field of a signature, whose value names the signer or encloses a certificate."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(PAPER)))
    value = DictionaryObject(
        {NameObject("/Type"): NameObject("/Sig"), NameObject("/Filter"): NameObject("/Adobe.PPKLite")}
    )
    if name:
        value[NameObject("/Name")] = TextStringObject(name)
    value[NameObject("/Contents")] = ByteStringObject(certificate + bytes(100))
    field = DictionaryObject({
        NameObject("/FT"): NameObject("/Sig"), NameObject("/T"): TextStringObject("Signature1"),
        NameObject("/V"): writer._add_object(value),
    })  # fmt: skip
    fields = ArrayObject([writer._add_object(field)])
    writer.root_object[NameObject("/AcroForm")] = DictionaryObject({NameObject("/Fields"): fields})
    return _written(writer)


def enclosed(name: str) -> bytes:
    """A signature in CMS with two certificates: the issuer's, and that of `name`."""
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, said)]) for said in ("CA của Chính phủ", name)]
    made = [
        x509.CertificateBuilder().subject_name(subject).issuer_name(names[0]).public_key(key.public_key())
        .serial_number(7).not_valid_before(datetime(2020, 1, 1)).not_valid_after(datetime(2020, 1, 1) + timedelta(900))
        .sign(keys[0], hashes.SHA256())
        for subject, key in zip(names, keys, strict=True)
    ]  # fmt: skip
    builder = pkcs7.PKCS7SignatureBuilder().set_data(b"x").add_signer(made[1], keys[1], hashes.SHA256())
    options = [pkcs7.PKCS7Options.DetachedSignature]
    return builder.add_certificate(made[0]).sign(serialization.Encoding.DER, options)


def test_what_was_filled_into_a_form_is_read_with_its_label() -> None:
    text = readers.text_of(form({"nguoi_yeu_cau": "Nguyễn Văn A", "noi_dung": "Dự toán 2020", "dong_y": "/Yes"}), PDF)
    assert text.split("\n") == [
        "PHIEU YEU CAU CUNG CAP THONG TIN", "nguoi_yeu_cau: Nguyễn Văn A", "noi_dung: Dự toán 2020", "dong_y: /Yes"
    ]  # fmt: skip
    assert readers.text_of(form({}), PDF) == "PHIEU YEU CAU CUNG CAP THONG TIN"


@pytest.mark.parametrize(
    ("data", "by"),
    [
        (signed("Sở Tài chính Cà Mau"), "Sở Tài chính Cà Mau"),
        (signed(certificate=enclosed("STC tỉnh Cà Mau")), "STC tỉnh Cà Mau"),
        (signed(certificate=b"\x30\x84\xff\xff\xff\xff"), ""),
        (signed(), ""),
    ],
    ids=["named", "certificate", "broken", "nothing"],
)
def test_a_signed_letter_is_read_and_says_who_signed(data: bytes, by: str) -> None:
    text = readers.text_of(data, PDF)
    assert text == f"{SHOWN}\n{note('signed', by)}"
    assert not faulty(text)


def test_a_form_with_more_fields_than_any_office_asks_leaves_the_pages_readable() -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(PAPER)))
    field = writer._add_object(DictionaryObject({NameObject("/T"): TextStringObject("a")}))
    fields = ArrayObject([field] * 100_000)
    writer.root_object[NameObject("/AcroForm")] = DictionaryObject({NameObject("/Fields"): fields})
    assert readers.text_of(_written(writer), PDF) == SHOWN


def test_a_form_that_refers_to_itself_leaves_the_pages_readable() -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(PAPER)))
    field = DictionaryObject({NameObject("/T"): TextStringObject("a")})
    reference = writer._add_object(field)
    field[NameObject("/Kids")] = ArrayObject([reference, reference])
    writer.root_object[NameObject("/AcroForm")] = DictionaryObject({NameObject("/Fields"): ArrayObject([reference])})
    assert readers.text_of(_written(writer), PDF) == SHOWN
    readers.stop()
