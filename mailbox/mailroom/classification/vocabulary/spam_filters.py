"""Words by which filters in front of a mailbox say that they hold back a letter."""

# A new sender must prove to be no program.
_PROOF = (
    r"\byou are (?:not an? (?:automated \w+|robot|machine|spam\w*)|an? (?:\w+,? ){0,2}(?:real|live|human)\b)",
    r"protect\w* (?:\w+self|(?:my|his|her|our|their) \w+) (?:from|against) (?:\w+ ){0,3}(?:junk|spam|unwanted)",
    r"(?:để|nhằm) (?:bức )?(?:thư|email)[^.\n]{0,40}(?:chuyển|gửi|phát|đến)[^.\n]{0,60}(?:bấm|nhấn|nhấp|click)",
    r"xác (?:nhận|minh) (?:rằng )?(?:bạn|quý \w+|ông/bà|người gửi) (?:là người thật|không phải (?:là )?(?:robot|máy))",
)
CHALLENGE = (*_PROOF, r"(?:this message|this) (?:\w+ ){0,3}in response to your (?:e-?mail|message) to")
# The letter is not delivered yet, and perhaps never. Used only for text that a program wrote.
HELD = (
    *_PROOF,
    r"(?:message|e-?mail|mail)\b[^\n]{0,100}\b(?:is|are|was|has been|have been|being) (?:\w+ ){0,2}(?:held|quarantined|"
    r"withheld|detained)\b",
    r"(?:to have it|before it (?:can be|is|will be)|until it (?:is|has been)|will (?:only |not )?be) (?:delivered|"
    r"released)\b[^\n]{0,60}(?:confirm|click|open|verif|approv|reply|respond|follow|unless|until)",
    r"(?:awaiting|waiting for|pending) (?:\w+ )?(?:approval|moderation|release)",
    r"(?:thư|email|e-mail|tin nhắn)\b[^\n]{0,100}(?:được|bị|đang) (?:\w+ ){0,2}(?:giữ lại|tạm giữ|cách ly|chờ duyệt|"
    r"chờ phê duyệt|chặn lại)",
)
