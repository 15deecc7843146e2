"""Recognise a person's name in a mailbox, made of initials and given name as offices in Vietnam do.

Errors in both directions do harm: a person's mailbox must not be published, and a unit's must not be lost. So a name
needs a family or given name of the lists below, together with initials or other names, and nothing else.
"""

import re
from functools import lru_cache

from prober.text.patterns import linear

FAMILY = frozenset(
    ("nguyen", "tran", "le", "pham", "hoang", "huynh", "phan", "vu", "vo", "dang", "bui", "do", "ho", "ngo",
     "duong", "ly", "dinh", "dao", "doan", "lam",
     "mai", "trinh", "truong", "cao", "luong", "luu", "ha", "phung", "quach", "ta", "thai", "to", "tong", "tang",
     "chau", "kieu", "nghiem", "mac", "ngoc", "la", "lai")
)  # fmt: skip
GIVEN = frozenset(
    ("an", "anh", "bac", "bao", "binh", "canh", "chau", "chi", "chien", "chinh", "chung", "cong", "cuong", "dai",
     "dan", "dat", "diem", "diep", "dinh",
     "doan", "dong", "duc", "dung", "duy", "duyen", "giang", "ha", "hai", "han", "hang", "hanh", "hao", "hau",
     "hien", "hiep", "hieu", "hoa", "hoai",
     "hoan", "hoang", "hong", "hue", "hung", "huong", "huy", "huyen", "khai", "khang", "khanh", "khoa", "khoi",
     "kien", "kieu", "lan", "lam", "lien",
     "linh", "loan", "loc", "loi", "long", "luan", "luc", "luong", "ly", "mai", "manh", "minh", "my", "nam",
     "nga", "ngan", "nghia", "ngoc", "nguyen",
     "nguyet", "nhan", "nhat", "nhi", "nhu", "nhung", "oanh", "phat", "phi", "phong", "phu", "phuc", "phuong",
     "quan", "quang", "quoc", "quy", "quyen",
     "quynh", "sang", "sinh", "son", "suong", "tai", "tam", "tan", "thach", "thai", "thang", "thanh", "thao",
     "thi", "thien", "thinh", "thoa", "thom",
     "thu", "thuan", "thuc", "thuy", "tien", "tin", "tinh", "toan", "trang", "tri", "trinh", "trong", "truc",
     "trung", "truong", "tu", "tuan", "tung",
     "tuyen", "tuyet", "uyen", "van", "viet", "vinh", "vu", "vuong", "vy", "xuan", "yen", "yeu", "ninh", "nhien",
     "tho", "the", "bang", "bich", "cam",
     "chuong", "hoi", "ket", "kim", "kha", "mao", "ngu", "nhuan", "thong", "tuong", "luyen", "hop", "huu", "khue",
     "khuong", "khuyen", "phuoc", "thuong")
)  # fmt: skip
_NAMES = FAMILY | GIVEN
# Names of provinces, whose mailboxes look like persons' ("hatinh" is a family name and a given name).
_PLACES = linear(
    r"^(?:angiang|baria|vungtau|bacgiang|backan|baclieu|bacninh|bentre|binhdinh|binhduong|binhphuoc|binhthuan|camau|"
    r"cantho|caobang|danang|daklak|daknong|dienbien|dongnai|dongthap|gialai|hagiang|hanam|hanoi|hatinh|haiduong|"
    r"haiphong|haugiang|hoabinh|hochiminh|tphcm|hcm|hungyen|khanhhoa|kiengiang|kontum|laichau|lamdong|langson|"
    r"laocai|longan|namdinh|nghean|ninhbinh|ninhthuan|phutho|phuyen|quangbinh|quangnam|quangngai|quangninh|"
    r"quangtri|soctrang|sonla|tayninh|thaibinh|thainguyen|thanhhoa|thuathienhue|hue|tiengiang|travinh|tuyenquang|"
    r"vinhlong|vinhphuc|yenbai|hoangmai|thanhxuan)$"
)
# Words of offices that the rules below would take for a person.
_NOT_PEOPLE = linear(
    r"^(?:vanphong|vanthu|vanban|lienhe|thongtin|tinhuy|tintuc|tinhoc|tonghop|tongdai|congvan|congan|congdoan|"
    r"congkhai|congbao|congdan|congsan|hoidap|hoidong|hoinghi|phong(?:qlns|ns|tc|kt|hc|tckh|"
    r"hcsn|gcs|tt|ban|vp)|thanhtra|thanhnien|quanly|quantri|hanhchinh|chinhtri|tiepdan|tiepnhan|dangky|danuy|"
    r"dangkhoi|dangbo|sinhvien|trungtam|truongphong|taichinh|baochi|bao\w{3,}|phananh|phapche|mail|toaan|tand|"
    r"dongxuan|quynh?luu|dulich|duan|dieuhanh|giaoduc|yte|vien\w{3,}|tochuc|kehoach|thuvien|hopthu|thue|thuky|"
    r"thukyt?h?|khaosat|tuyensinh|tuyengiao|binhdang|"
    r"tuphap|khoahoc|songan\w*|trangtin)$"
)
# Given names that are also words of offices: "phong.ns" is a unit, "tin.tuc" is no person.
_ALSO_WORDS = frozenset(("bao", "bang", "chinh", "cong", "dan", "dat", "hop", "kim", "phong", "quy", "the", "thi",
                         "thong", "tin", "tinh", "van"))  # fmt: skip


@lru_cache(maxsize=4096)
def name_like(local: str) -> bool:
    """Return True if a local part looks like a person's name.

    >>> [name_like(x) for x in ("hungnv", "nvhung", "nguyenvanhung", "hung.nguyen", "thanhlt.stc")]
    [True, True, True, True, True]
    >>> [name_like(x) for x in ("vanthu", "stc", "vanphong.stc", "phongqlns", "banbientap", "giadinhvatreem", "lienhe")]
    [False, False, False, False, False, False, False]
    """
    if len(local) > 64:  # no mailbox is longer
        return False
    pieces = [piece for piece in re.split(r"[._+-]|\d+", local.lower()) if piece]
    if not pieces or any(_NOT_PEOPLE.match(piece) or _PLACES.match(piece) for piece in pieces):
        return False
    names = [piece for piece in pieces if piece in _NAMES]
    if len(names) >= 2:
        return True
    if len(pieces) > 1 and names and names[0] not in _ALSO_WORDS:
        # "hung.nv", "hung.stc": a name first; "nv.hung": initials first, but "tt.hoa" may be a centre.
        if pieces[0] == names[0] and all(len(piece) <= 4 for piece in pieces[1:]):
            return True
        if any(len(piece) <= 3 and piece not in ("stc", "vp", "vt", "tt") for piece in pieces if piece not in _NAMES):
            return True
    return any(_joined(piece) for piece in pieces if len(piece) > 3)


def _joined(piece: str) -> bool:
    """Return True for a given name with one to three initials ("hungnv", "nvhung") or a full name ("nguyenvanhung")."""
    for size in range(2, len(piece)):
        head, tail = piece[:size], piece[size:]
        if head in GIVEN and len(head) > 2 and len(tail) <= 3 and _initials(tail):
            return True
        if tail in GIVEN and len(tail) > 2 and len(head) <= 3 and _initials(head):
            return True
    return any(piece.startswith(name) and _only_names(piece[len(name) :], 3) for name in FAMILY if len(name) > 1)


def _initials(text: str) -> bool:
    """Return True for one to three letters that contain no syllable of a word, such as "an" or "he"."""
    return 0 < len(text) <= 3 and (len(text) == 1 or not re.search(r"[bcdghklmnpqrstvx][aeiouy]|[aeiouy]n", text))


def _only_names(rest: str, most: int) -> bool:
    if not rest:
        return most < 3
    if most == 0:
        return False
    return any(rest.startswith(name) and _only_names(rest[len(name) :], most - 1) for name in _NAMES)
