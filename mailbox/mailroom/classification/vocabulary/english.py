"""List the phrases in English, under the names that they have in the other modules.

Offices sometimes write English. The phrases are searched only in text that has no letter with an accent.
"""

OBJECTION = (
    r"(?:stop|cease) (?:sending|e-?mailing|writing|contacting)",
    r"(?:remove|delete|take) (?:us|me|our|my|this)[^\n]{0,30}(?:from|off) (?:your|the|this)",
    r"not wish to (?:receive|be contacted)",
    r"do not (?:write|contact|e-?mail|send)[^\n]{0,30}(?:again|any ?more|further)",
)
FORM = (
    r"(?:complete|fill|submit|send|provide|sign|attach)[^\n]{0,60}(?:\bform\b|id card|identity|passport|"
    r"official (?:letter|request)|hard copy|introduction letter|signed|stamped)",
    r"only (?:accept|process|handle|respond to)[^\n]{0,40}(?:official|signed|stamped|written|letter)",
    r"(?:come|visit)[^\n]{0,30}(?:in person|passport|id card)",
    r"come to our office",
)
PURPOSE = (
    r"who (?:are you|you are|is (?:this|asking))",
    r"purpose of (?:your|the|this)",
    r"what purpose",
    r"used? for\b[^\n]{0,40}\?",
    r"(?:which|what) (?:organi[sz]ation|company|university|agency)",
    r"on (?:whose|what) behalf",
    r"what (?:is|are)[^\n]{0,40} for\?",
    r"intend to use",
)
EXTENSION = (
    r"within \d+ (?:working )?days",
    r"more time",
    r"\bextend",
    r"extension",
    r"(?<!been )(?<!is )(?<!was )postpone",
    r"(?:reply|answer|response|request)\b[^\n]{0,40}postponed",
    r"(?:reply|respond|answer|send|provide)[^\n]{0,40}\b(?:by|before|within|no later than) (?:the |\d|next|mon|"
    r"tue|wed|thu|fri|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)",
    r"next (?:week|month)",
)
RECEIVED = (r"\b(?:received (?:your|the)|receipt of|(?:has|have) been (?:received|registered)|acknowledge)\b",)
LEGAL_TIME = (
    r"\bwithin (?:\d+|\w+) (?:working |business |calendar )?days\b",
    r"\b(?:if|in case|should|unless)\b[^\n.]{0,120}\bexten(?:d|sion)[^\n.]*",
)
ACKNOWLEDGED = (
    r"\b(?:received (?:your|the|it)|(?:have|has been|was|well) received|receipt of|confirm(?:ed)? receipt|"
    r"acknowledge|noted|looking into|under (?:review|consideration)|being (?:processed|considered)|get back to|"
    r"in due course|registered|submitted|considering|will (?:reply|respond|revert))\b",
)
PUBLISHED = (
    r"\b(?:available|published|posted|download(?:ed)?|see|visit|link|found)\b[^\n]{0,60}(?:website|web ?site|"
    r"portal|\bat\b|\bhere\b|https?://|\bon\b)",
)
ELSEWHERE = (r"(?:see|visit|check|on|at) (?:our|the) (?:web ?site|website|portal|homepage)",)
REFUSAL = (
    r"(?:unable|not able|not possible|not in a position|not permitted|not allowed|not authori[sz]ed|cannot|can't|"
    r"can not|will not)(?: be)?(?: \w+){0,3} (?:to )?(?:provide|share|send|release|disclose|supply|give|fulfil|"
    r"help|assist|comply|disclosed|provided|shared)",
    r"\b(?:decline|refuse|reject) (?:to|your)\b",
    r"\brequest[^\n]{0,40}\b(?:declined|refused|rejected|denied)\b",
)
REGRET = (r"(?:unfortunately|regret|sorry)[^\n]{0,80}\b(?:not|cannot|unable)\b",)
REASON = (
    r"state secret",
    r"\barticle \d+",
    r"\blaw on\b",
    r"confidential",
    r"classified",
    r"internal (?:document|use|data)",
)
MISDIRECTED = (
    r"(?:contact|ask|write to|refer to|address|(?:re)?direct (?:your|the)|forwarded to|sent to|"
    r"responsibility of)[^\n]{0,60}(?:treasury|people'?s (?:committee|council)|statistics|tax (?:department|"
    r"office)|department of (?!finance)\w+|ministry|competent (?:authority|agency))",
)
NOT_OURS = (
    r"not (?:within|under|in) our (?:competence|jurisdiction|remit|authority)",
    r"not (?:our|the) responsib",
)
INSIDE = (
    r"(?:forwarded|passed|transferred|assigned|referred)[^\n]{0,60}(?:division|section|unit|colleague|budget office)",
)
GIVES = (
    r"(?:attached|enclosed|find|sending you)[^\n]{0,80}(?:document|budget|estimate|account|report|figure|data|"
    r"file|table)",
    r"(?:document|budget|estimate|account|report|figure|data)[^\n]{0,60}(?:attached|enclosed)",
)
GIVES_BY_NAME = (r"(?:attached|enclosed|find|sending you)[^\n]{0,80}(?:budget|estimate|account|figure|data|table)",)
POINTS_AT_FILE = (
    r"\battach",
    r"\benclos",
    r"\bas requested",
    r"\bhere (?:are|is)\b",
)
PARTIAL = (
    r"not (?:yet )?(?:available|ready|approved|complete)",
    r"only (?:the|part|some)",
    r"(?:the )?rest (?:will|is)",
    r"remaining",
)
