"""Parameters of headers: names of files as senders write them, right or wrong."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.mime.headers import parameter

NAME = "Công khai.csv"
CODED = "C%C3%B4ng%20khai.csv"


@pytest.mark.parametrize(
    ("header", "read"),
    [
        (f"attachment; filename*=UTF-8''{CODED}", NAME),
        (f"attachment; filename*={CODED}", NAME),
        (f"attachment; filename*=\"UTF-8''{CODED}\"", NAME),
        (f"attachment; filename=\"plain.csv\"; filename*=UTF-8''{CODED}", NAME),
        ("attachment; filename*1*=%B4ng%20khai.csv; filename*0*=UTF-8''C%C3", NAME),
        ("attachment; filename*0*=UTF-8''C%C; filename*1*=3%B4ng; filename*2=\" khai.csv\"", NAME),
        ('attachment; filename*0="=?UTF-8?Q?C=C3=B4ng_"; filename*1="khai.csv?="', NAME),
        ('attachment; filename="=?UTF-8?B?Q8O0bmcga2hhaS5jc3Y=?="', NAME),
        ("attachment; filename==?UTF-8?B?Q8O0bmcga2hhaS5jc3Y=?=", NAME),
        (f'attachment; filename="{CODED}"', NAME),
        ("attachment; filename=100%25.csv", "100%25.csv"),
        (f'attachment; filename="{NAME}"'.encode().decode("ascii", "surrogateescape"), NAME),
        ("attachment; filename=Công khai.csv; size=3".encode().decode("ascii", "surrogateescape"), NAME),
        ("attachment; filename*=windows-1258''C%F4ng%20khai.csv", NAME),
        ("attachment; FILENAME='a b.csv'", "a b.csv"),
        ('attachment; filename="a; b.csv"', "a; b.csv"),
        ('attachment; filename="a b.csv', "a b.csv"),
        (r'attachment; filename="a \"b\".csv"', 'a "b".csv'),
        ('attachment;\n filename="a\n b.csv"', "a b.csv"),
        ("attachment filename=a.csv", "a.csv"),
        ('filename="a.csv"', "a.csv"),
        ("attachment; xfilename=a.csv", ""),
        ("attachment; filename", ""),
        ("attachment; filename*99999999999=a.csv", ""),
    ],
)
def test_names_of_files_are_read(header: str, read: str) -> None:
    assert parameter(header, "filename") == read


@given(st.text(max_size=80), st.sampled_from(["filename=", "filename*=", "filename*0*=", '"', ";", "''", "%C3", "\\"]))
def test_any_header_has_a_name_or_none(text: str, piece: str) -> None:
    name = parameter(f"attachment; {piece}{text}; {piece}{text}", "filename")
    assert name.encode().decode() == name  # storable: no lone surrogate


@pytest.mark.parametrize("piece", ['"\\', '"', ";", "filename*0=", "filename;", "a=b;", "\\", '";', "=", "%"])
def test_endless_parameters_are_read(piece: str) -> None:
    started = time.process_time()
    parameter("a; filename=" + piece * 60_000, "filename")
    assert time.process_time() - started < 5
