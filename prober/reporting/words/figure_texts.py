"""Say in both languages what figures are called, and what they must not be called."""

from prober.reporting.words.labels import Text

# What is measured → what stands behind the name of an indicator.
MEASURES = {
    "share": Text("tỷ lệ trên tất cả", "share of all"),
    "share-of-seen": Text("tỷ lệ trong số xem được", "share of those seen"),
    "share-at-most": Text("tỷ lệ cao nhất có thể", "highest possible share"),
    "not_found": Text("không tìm thấy", "not found"),
    "confirmed": Text("không tìm thấy, đã có người xác nhận", "not found, confirmed by a person"),
    "not_seen": Text("chưa xem được", "not seen"),
    "second_look": Text("chờ xem lại", "waiting for a second look"),
    "unread": Text("chưa có người đọc", "read by no person"),
    "unsure": Text("hai cách đọc của máy khác nhau", "two readings by machine differ"),
    "events": Text("số cơ quan có thư", "offices that wrote"),
    "reached": Text("số cơ quan thư đã tới", "offices that the letter reached"),
    "left-out": Text("số cơ quan thư không tới", "offices that it did not reach"),
    "median": Text("trung vị", "median"),
    "mean": Text("trung bình tới mốc theo dõi chung", "mean up to the time watched in common"),
    "first": Text("sớm nhất", "the fastest office"),
    "last": Text("muộn nhất", "the slowest office that wrote"),
    "curve": Text("đường cong: tỷ lệ đã viết", "curve: share that had written"),
    "wave-before": Text("đợt trước", "wave before"),
    "wave-after": Text("đợt này", "this wave"),
    "gained": Text("thêm so với đợt trước", "gained on the wave before"),
    "lost": Text("bớt so với đợt trước", "lost on the wave before"),
    "points-to-wave-before": Text("chênh lệch so với đợt trước", "difference to the wave before"),
}
OF_PARTS = Text(
    "tính theo đơn vị mới, tìm thấy ở ít nhất một phần", "over the merged units, found in one part at least"
)
CONSIDERED = Text(
    "tỷ lệ trong số trang xem được: trang chưa xem được vẫn nằm trong mẫu số",
    "the share of the sites that could be seen: what could not be seen stays in the denominator",
)
REST = Text(
    "phần còn lại đều không có: chưa xem được không phải là không có",
    "the rest are all without it: what was not seen may be there",
)
ASKED = Text(
    "tỷ lệ trong số đã viết thư, hay trong số thư đã tới: mẫu số là mọi cơ quan được hỏi",
    "the share of those that wrote, or that the letter reached: it is of all that were asked",
)
SILENT = Text(
    "phần còn lại đã từ chối: phần lớn là im lặng, thư tự động hoặc thư không tới",
    "the rest refused: there are silence, automatic mail and undelivered letters among them",
)
ANY_MESSAGE = Text(
    "số cơ quan cung cấp thông tin: ở đây tính cả thư xin thêm giấy tờ, chuyển tiếp và từ chối",
    "offices that gave information: requests for papers, transfers and refusals count here too",
)
KNOWN_ONLY = Text(
    "tỷ lệ của tất cả: những trường hợp chưa xem được đã bị bỏ ra ngoài, như thể giống phần còn lại",
    "a share of all: those not seen were left out, as if they were like the others",
)
BOUND = Text(
    "ước lượng: đây là mức khi mọi trường hợp chưa xem được đều có",
    "an estimate: it is what would hold if all that were not seen had it",
)
NOT_FOUND = Text(
    "không có: máy đã làm hết quy trình mà không thấy, hoặc thư đã tới mà không có trả lời; chỉ người mới kết luận là "
    "không có",
    "absent: the whole protocol was carried out and did not meet it, or a letter arrived and was not answered; only a "
    "person says that something is absent",
)
CONFIRMED = Text(
    "mọi trường hợp không có: đây chỉ là những trường hợp có người xem lại",
    "all that are absent: it is those that a person has looked at",
)
NOT_SEEN = Text(
    "không có: chưa xem được, hoặc chưa chắc thư đã tới", "absent: it was not seen, or may not have arrived"
)
WAITS = Text("đã mất: một lần xem là chưa đủ", "gone: a single look does not prove it")
UNREAD = Text("số trả lời sai: chưa ai đọc, thế thôi", "mistaken replies: nobody has read them, which is all")
POINTS = Text("phần trăm: đây là điểm phần trăm", "per cent: it is percentage points")
OTHERS = Text(
    "kết quả của khảo sát này: là con số của một khảo sát khác",
    "a result of this survey: another one counted it",
)
OF_MAILS = Text(
    "tỷ lệ cơ quan trả lời: khảo sát đó đếm thứ khác",
    "a share of offices that answered: that survey counted something else",
)
GROUPED = Text(
    "thứ hạng: khoảng tin cậy của các nhóm chồng lên nhau",
    "a rank: the intervals of groups overlap",
)
MERGED = Text("số đơn vị cũ: một đơn vị mới tính một lần", "a number of the old units: a merged unit counts once")
ANSWERED = Text(
    "thời gian chờ của mọi câu hỏi: câu chưa trả lời không được tính",
    "how long questions wait: those without an answer are left out",
)
OF_ONE = Text(
    "thời gian mà các cơ quan thường cần: đây là của một cơ quan",
    "what offices usually take: it is the time of one office",
)
MEDIAN = Text(
    "trung vị của riêng các cơ quan đã viết: cơ quan im lặng vẫn được tính là còn chờ",
    "the median of those that wrote alone: the silent count as still waited for",
)
NO_MEAN = Text("trung bình", "the mean")
MEAN = Text(
    "thời gian trả lời trung bình: cơ quan im lặng tính tới mốc theo dõi, nên đây không phải thời gian chờ trả lời",
    "the mean time to an answer: the silent count up to the end of watching, and nothing is extrapolated",
)
OF_REACHED = Text(
    "tỷ lệ trong số được hỏi: mẫu số là các cơ quan mà thư đã tới",
    "the share of those asked: it is of the offices that the letter reached",
)
OF_ACCEPTED = Text(
    "tỷ lệ trong số được hỏi: thư chưa rõ máy chủ đã nhận hay từ chối thì không tính",
    "the share of those asked: letters that were neither accepted nor refused for certain are left out",
)
FATE = Text(
    "số thư đã tới: một yêu cầu có nhiều thư thì tính thư có giá trị nhất",
    "a number of messages: a request with many of them counts once, by the strongest",
)
PAIRED = Text(
    "chênh lệch của hai mẫu khác nhau: cùng các cơ quan trong hai đợt",
    "a difference of two samples: the same offices were asked twice",
)
ARM = Text(
    "tác động đã chứng minh của cách viết thư: xem giá trị p và chênh lệch nhỏ nhất có thể phát hiện",
    "a proved effect of the wording: see its p, and the least difference that could be found",
)
COMPLETE = Text("Trả lời có đủ các tài liệu được yêu cầu", "Answers with every document asked for")
OF_ANSWERS = Text("tỷ lệ trong số được hỏi: mẫu số là các trả lời", "a share of those asked: it is of the answers")
VISITED = Text(
    "số trang hoạt động tốt: nói việc máy xem được tới đâu, không nói trang tốt hay kém",
    "a number of good sites: it says what could be seen, not what a site is worth",
)
SAMPLE = Text(
    "tỷ lệ của mọi câu hỏi đã đăng: đây là mẫu, câu hỏi mới chiếm phần lớn",
    "a share of all published questions: it is a sample in which new ones are over-represented",
)
PUBLISHED = Text(
    "thời gian trả lời từng người dân: chỉ tính câu hỏi đã đăng lên trang",
    "the time that citizens wait: only questions that a site publishes are counted",
)


def found_by(survey: str) -> Text:
    """Return what stands behind the name of an indicator where an earlier survey counted it."""
    return Text(f"theo {survey}", f"in {survey}")


def difference_to(survey: str) -> Text:
    """Return the same for the difference between this survey and an earlier one."""
    return Text(f"chênh lệch so với {survey}", f"difference to {survey}")


def theirs(survey: str) -> Text:
    """Return what a number of an earlier survey must not be called."""
    return Text(f"kết quả của khảo sát này: là con số của {survey}", f"a result of this survey: it is {survey}'s")


def unpaired(survey: str) -> Text:
    """Return what a difference to an earlier survey must not be called: only its totals are known."""
    return Text(
        f"thay đổi của từng cơ quan: chỉ biết tổng số của {survey}, không biết cơ quan nào có, cơ quan nào không",
        f"a change of single ones: of {survey} only the totals are known, and not which of them had what",
    )
