"""The protocol of the example, with somebody who asks and the departments that are asked."""

from dataclasses import replace

from prober.campaign.letters.compose import (
    Requester,
)
from prober.campaign.protocol import parse
from prober.campaign.wave import assign
from tests.pobi import POBI, agencies

TEXT = POBI.protocol
PROTOCOL = parse(TEXT, "pobi-2019.toml")
# The same campaign with letters in words of its own.
OWN_TEXT = (
    TEXT.replace('template = "budget-request"\n', "")
    + """
[letter]
subject = "Đề nghị cung cấp danh mục thủ tục hành chính"
request = '''
Kính gửi: {{ agency.name_vi }}

{{ We }} đề nghị cung cấp danh mục thủ tục hành chính. Mã [YC-{{ token }}].
'''
reminder = "Kính gửi: {{ agency.name_vi }}. {{ We }} xin nhắc lại."
request_en = "To {{ agency.name_en }}: please send the list of administrative procedures."
"""
)
SECRET = "5e" * 32  # of the tokens
CODE = "abcdefghijkmnpqr"  # a token
REQUESTER = Requester(
    "Nhóm khảo sát (mô phỏng)", "khao-sat@prober.test", "Viện Thử Nghiệm (mô phỏng)", "Hà Nội", "024 0000 0000"
)
ASKED = [
    replace(a, request_email=f"{a.slug}@agency.gov.test", request_email_reviewed_by="nv")
    for a in agencies("2019", "finance")
]
PLACES = assign(PROTOCOL, ASKED)
CA_MAU = next(a for a in ASKED if a.slug == "stc-ca-mau")
