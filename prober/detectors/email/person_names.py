"""Recognise a person's name in a mailbox, made of initials and given name as offices in Vietnam do.

Errors in both directions do harm: a person's mailbox must not be published, and a unit's must not be lost. So a name
needs a family or given name of the lists below, together with initials or other names, and nothing else.
"""

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
     "dan", "dat", "diem", "diep", "dinh", "doan", "dong", "duc", "dung", "duy", "duyen", "giang", "ha", "hai",
     "han", "hang", "hanh", "hao", "hau", "hien", "hiep", "hieu", "hoa", "hoai", "hoan", "hoang", "hong", "hue",
     "hung", "huong", "huy", "huyen", "khai", "khang", "khanh", "khoa", "khoi", "kien", "kieu", "lan", "lam",
     "lien", "linh", "loan", "loc", "loi", "long", "luan", "luc", "luong", "ly", "mai", "manh", "minh", "my",
     "nam", "nga", "ngan", "nghia", "ngoc", "nguyen", "nguyet", "nhan", "nhat", "nhi", "nhu", "nhung", "oanh",
     "phat", "phi", "phong", "phu", "phuc", "phuong", "quan", "quang", "quoc", "quy", "quyen", "quynh", "sang",
     "sinh", "son", "suong", "tai", "tam", "tan", "thach", "thai", "thang", "thanh", "thao", "thi", "thien",
     "thinh", "thoa", "thom", "thu", "thuan", "thuc", "thuy", "tien", "tin", "tinh", "toan", "trang", "tri",
     "trinh", "trong", "truc", "trung", "truong", "tu", "tuan", "tung", "tuyen", "tuyet", "uyen", "van", "viet",
     "vinh", "vu", "vuong", "vy", "xuan", "yen", "yeu", "ninh", "nhien", "tho", "the", "bang", "bich", "cam",
     "chuong", "hoi", "ket", "kim", "kha", "mao", "ngu", "nhuan", "thong", "tuong", "luyen", "hop", "huu", "khue",
     "khuong", "khuyen", "phuoc", "thuong", "be", "dieu", "du", "gam", "gia", "hoe", "hy", "lanh", "lieu", "lua",
     "luu", "may", "men", "mong", "mui", "nghi", "ngoan", "nha", "nhai", "nho", "nhut", "nu", "phan", "phung",
     "phuot", "quyet", "sa", "sac", "sen", "su", "sy", "thiem", "thieu", "thoai", "thuyen", "danh", "bach", "cuc",
     "hoat", "huan", "kiet", "lap", "nghiep", "que", "toai", "tram", "tuoc", "duong", "giap", "le", "thiet",
     "thuat", "thuyet", "tra", "dao", "dang", "tieu", "trieu", "tuoi", "ut", "vi", "vien", "vui", "xuyen")
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
# Words of offices that the rules below would take for a person: most of them are made of two syllables of names.
_NOT_PEOPLE = linear(
    r"^(?:.*(?:thongtin|taichinh|tiepcong|tiepdan|vanphong|congbao|banbientap|ubnd|hdnd|bientap).*|vanthu\w{0,4}|"
    r"vanban|lienhe|tinhuy|tintuc|tinhoc|tinbai|tinhdoan|tinhdao|tonghop|tongdai\w*|congvan|congan|congdoan\w*|"
    r"congkhai|congdan|congsan|congchung|congchinh|congthuong|congdong|congnghe|congnghiep|sunghiep|quangcao|"
    r"giadinh\w*|quocgia|tailieu|nhadat|thuly|hoithao|daihoi|sudung|chinhthuc|nhantai|congluan|congtt\w*|congty|"
    r"hoidap|hoidong|hoinghi|phong(?:qlns|ns|tc|kt|hc|tckh|hcsn|gcs|tt|ban|vp|tonghop|hop)|thanhtra|thanhnien|"
    r"thanhuy|thanhdoan|thanhtoan|quanly|quanuy|quanhuyen|quandoi|quantri|quanhe|hanhchinh\w*|chinhtri|chinhquyen|"
    r"chinhphu|chinhsach|tiepnhan|dangky|danuy|danguy|dangvien|dangkhoi|dangbo|dangdoan|sinhvien|trungtam|"
    r"truongphong|truongchinhtri|bao(?:chi|ve|hiem|cao|ton|tang|tri|duong|dam|mat|gia)\w*|phananh\w*|phapche|"
    r"phapluat|mail|toaan|tand|dongxuan|quynh?luu|dulich|duan|dautu|dieuhanh|giaoduc|yte|vien\w{3,}|tochuc|"
    r"kehoach|thuvien|hopthu|hoptac|hoichothap|thue|thuky|thukyt?h?|thuchi|thuho|thuongtruc|thuongmai|thuongvu|"
    r"thuongphe|thuonghieu|khaosat|khaibao|tuyensinh|tuyengiao|tuyendung|binhdang|tuphap|khoahoc|songan\w*|"
    r"trangtin\w*|vanhoa\w*|anninh|antoan|dantri|daidien|daotao|dienbao|diemtin|haiquan|hailong|hoatdong|"
    r"huyendoan|huyenuy|luongthuong|maytinh|nhandan|nhanluc|nhanquyen|nhansu|phucvu|phucloi|phuongtien|quocte|"
    r"quocphong|quocphongan|quyhoach|quyhoi|thihanhan|thidua|thitruong|thongbao|thongke|thongtan|thongtu|thuyloi|"
    r"thuysan|tienluong|tinhnguyen|thiennguyen|tongket|trongtai|truyenthong|truyenhinh|tucac|tuvan|tuvien|"
    r"giaothong|ykien\w*|gopy\w*|doithoai|doingoai|doanthe|doanhnghiep|noivu|ngoaivu|suckhoe|songuoi|vienthong|"
    r"vp(?:tinh|tp|ub\w*|huyen|quan|so|hd\w*|thanhuy|tinhuy|sotc|stc)|ub(?:t|tinh|tp|nd\w*|mt\w*)|vip|hotline|"
    r"phone)$"
)
# Names and initials of offices, as a whole piece of a mailbox: a person's name beside it does not make it a person's.
_OFFICE = linear(
    r"^(?:stc|sotc|vp|vt|bbt\w*|ban(?:bt|bientap|ql\w*|qldt)|cttdt\w*|ttdt\w*|web\w*|portal\w*|info\w*|contact\w*|admin\w*|"
    r"support|hotro\w*|hotline|office|mail|email|editor|post(?:master)?|tiep\w+|gopy\w*|hoidap\w*|ykien\w*|pakn\w*|motcua\w*|"
    r"cskh|tthc|cchc|ngansach\w*|qlns|tckh|ketoan|thanhtra\w*|phong[a-z]{2,}|giamdoc\w*|chutich\w*|lanhdao\w*|so[a-z]{6,}|"
    r"trungtam\w*|hcsn|qlg?cs|tcdn|thuky\w*|toasoan\w*|thoisu|kinhte\w*|noidung|quangcao|tuyensinh|phapche|vanhoa)$"
)
_PIECES = linear(r"[._+-]|\d+")  # what stands between the pieces of a mailbox
_SYLLABLE = linear(r"[bcdghklmnpqrstvx][aeiouy]|[aeiouy]n")  # what is no initials
# Given names that are also words of offices: "phong.ns" is a unit, "tin.tuc" is no person.
_ALSO_WORDS = frozenset(("bao", "bang", "chinh", "cong", "dan", "dat", "hop", "kim", "phong", "quy", "the", "thi",
                         "thong", "tin", "tinh", "van"))  # fmt: skip
# Those that alone in a mailbox may be a word: a school, a society, a union, the Party, a station.
_ALONE_WORDS = _ALSO_WORDS | frozenset(
    ("an", "can", "dai", "dinh", "doan", "dong", "du", "gia", "hoi", "hue", "may", "nam", "nhi", "nho", "phan",
     "phu", "son", "tai", "tieu", "trung", "truong", "tu", "vi", "vien", "vu", "xuan", "danh", "lap", "tra", "dao",
     "dang", "thuat", "duong", "bach", "cuc")
)  # fmt: skip


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
    pieces = [piece for piece in _PIECES.split(local.lower()) if piece]
    if not pieces or any(_NOT_PEOPLE.match(piece) or _PLACES.match(piece) for piece in pieces):
        return False
    names = [piece for piece in pieces if piece in _NAMES]
    if len(names) >= 2:
        return True
    if len(pieces) == 1 and len(pieces[0]) > 2 and pieces[0] in GIVEN - _ALONE_WORDS:
        return True
    if len(pieces) > 1 and names and names[0] not in _ALSO_WORDS:
        # "hung.nv", "hung.stc": a name first; "nv.hung": initials first, but "tt.hoa" may be a centre.
        if pieces[0] == names[0] and all(len(piece) <= 4 for piece in pieces[1:]):
            return True
        if any(len(piece) <= 3 and piece not in ("stc", "vp", "vt", "tt") for piece in pieces if piece not in _NAMES):
            return True
    return any(_joined(piece) for piece in pieces if len(piece) > 3)


@lru_cache(maxsize=4096)
def office_like(local: str) -> bool:
    """Return True if a piece of a local part is a word of offices, so that it is not a person's whoever is named by it.

    >>> [office_like(x) for x in ("tiepcongdan", "vanthu.stc", "vptinh", "hungnv", "kmak")]
    [True, True, True, False, False]
    """
    pieces = [piece for piece in _PIECES.split(local.lower()) if piece]
    return any(_NOT_PEOPLE.match(piece) or _OFFICE.match(piece) for piece in pieces)


def _joined(piece: str) -> bool:
    """Return True for a given name with initials ("hungnv", "nvhung"), several ("minhduc"), or a full name."""
    for size in range(2 if piece in _NAMES else 1, len(piece)):
        head, tail = piece[:size], piece[size:]
        if head in GIVEN and len(head) > 2 and len(tail) <= 3 and _initials(tail):
            return True
        # One letter before a short name may be the beginning of a word.
        sure = size > 1 or (len(tail) > 3 and tail not in _ALSO_WORDS)
        if sure and tail in GIVEN and len(tail) > 2 and len(head) <= 3 and _initials(head):
            return True
    return any(piece.startswith(name) and _only_names(piece[len(name) :], 3) for name in _NAMES if len(name) > 1)


def _initials(text: str) -> bool:
    """Return True for one to three letters that contain no syllable of a word, such as "an" or "he"."""
    return 0 < len(text) <= 3 and (len(text) == 1 or not _SYLLABLE.search(text))


def _only_names(rest: str, most: int) -> bool:
    if not rest:
        return most < 3
    if most == 0:
        return False
    return any(rest.startswith(name) and _only_names(rest[len(name) :], most - 1) for name in _NAMES)
