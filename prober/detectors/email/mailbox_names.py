"""List the words and initials of offices in the local part of an address, one pattern per role."""

import re

EDITOR = re.compile(
    r"^(?:ban)?(?:bien\w?tap|bbt|bbbt|toasoan|toa\.?soan|bt)|cttdt|ttdt|congthongtin|trangthongtin|trangtin|"
    r"(?:web)?portal|website|webadmin|tbt\b"
)
TECHNICAL = re.compile(
    r"^(?:web\W?master|post\W?master|host\W?master|admin\w*|administrator|quantri\w*|no-?reply|root|abuse|it|"
    r"kythuat)$"
)
AGENCY = re.compile(
    r"^(?:stc|sotaichinh|sotc|taichinh|ubnd|uy\W?ban|vp|van\W?phong|vanthu|vt|vp\W?ubnd|lien\W?he|contact|"
    r"info|mail|hop\W?thu|thu\W?dien\W?tu|congvan|"
    r"cong\W?van|thongtin|tiep\W?nhan|tiep\W?dan|y\W?kien|gop\W?y|hoi\W?dap|pakn|kien\W?nghi|phan\W?anh|"
    r"mot\W?cua|tthc|cchc|cskh|duong\W?day\W?nong|"
    r"hotline|customer|support|hotro|office|department|enquir|inquir|cung\W?cap\W?thong\W?tin|tctt|"
    r"so[a-z]{2,}|s[bcdgknptvxy][a-z]{1,4}(?=[.@_-]|$)|"
    r"hdnd|dbqh|doandbqh)"
)
UNIT = re.compile(
    r"phong|ngan\W?sach|quan\W?ly|qlns|qlgcs|qlnn|hcsn|tckh|tckt|tchc|ktnb|thanh\W?tra|trung\W?tam|"
    r"^tt[a-z]{2,}|chi\W?cuc|\bcuc|\bban[a-z]{3,}|bql|technical|"
    r"sales|unit|gia\W?cong\W?san|dautu|tin\W?hoc|ke\W?hoach|to\W?chuc|hanh\W?chinh|phap\W?che|ptdn|tcdn|"
    r"giacong|\b(?:vien|hoi|doan)[a-z]{3,}"
)
# Mailboxes of the province's other bodies, copied to the pages of its departments.
PROVINCE = re.compile(
    r"^(?:ubnd|vp\W?ubnd|vanphong\W?ubnd|uyban|hdnd|dbqh|tinhuy|syt|soyte|skhdt|sokhdt|sxd|soxaydung|snv|"
    r"sonoivu|sgddt|stttt|stnmt|sct|socongthuong|sgtvt|snnptnt)"
)
DEPARTMENT = re.compile(
    r"^(?:(?:vanphong|vp|vanthu|vt|thanhtra|tt)[._-]?)?(?:s(?:yt|xd|khdt|nv|gddt|tttt|tnmt|ct|gtvt|nnptnt|"
    r"khcn|ldtbxh|vhttdl|vhtt|tp|dl|ngv|tc)|"
    r"so(?:yte|xaydung|noivu|congthuong|tuphap|giaoduc\w*|taichinh|kehoach\w*|ngoaivu|dulich|khoahoc\w*|"
    r"giaothong\w*|nongnghiep\w*|"
    r"laodong\w*|vanhoa\w*|thongtin\w*|tainguyen\w*)|thanhtra(?:tinh)?|bdt|bandantoc|bqlkcn|bqlkkt)(?:[._-].*)?$"
)
MEDIA = re.compile(
    r"^(?:bao(?!hiem|tro|cao|ve|chi|ton|duong|dam|mat|gia|vat|ho)[a-z]{4,}|ptth|d?ptth|truyenhinh|dai(?:ptth|truyen))"
)
FINANCE = re.compile(r"stc|taichinh|sotc|finance")
