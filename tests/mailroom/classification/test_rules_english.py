"""Letters of English-language councils, written by facts before the phrases were run on them.

At the first run 35 of 45 had their class, four of the others for a file that no program opens; two still have another
one (`LIKE_A_PROGRAM`): words of thanks with a reference, as ticket systems write them.
"""

import csv
from email.message import EmailMessage
from pathlib import Path

import pytest

from mailroom.classification import rules
from mailroom.classification.bounces import delivery_reports
from mailroom.mime import parser
from prober.domain.correspondence import Event
from prober.domain.requested_documents import requested
from prober.studies.folder import packaged
from prober.studies.packs import words
from prober.text.words import Vocabulary

LETTERS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "receipt": (
        "A2",
        (
            "Dear Ms Tran, \n \nThank you for your request for information dated 3 November 2025. Your "
            "request has been passed to our Information Governance Team and has been given the reference "
            "FOI-20931. \n \nKind regards \nLucy Hart \nInformation Governance Officer "
        ),
        (),
    ),
    "receipt-20-days": (
        "A2",
        (
            "Dear Requester \n \nI acknowledge receipt of your Freedom of Information request. The Act "
            "allows us 20 working days to respond, so you should have a reply by 1 December 2025. \n \nYours "
            "sincerely \nFOI Team "
        ),
        (),
    ),
    "receipt-short": ("A2", ("Hello, \n \nThanks, we've got your request and are looking into it. \n \nTom "), ()),
    "clarify-period": (
        "Q2",
        (
            "Dear Sir or Madam \n \nSo that we can deal with your request, please could you clarify which "
            "financial years you are interested in? Your request will be on hold until we hear from you. \n "
            "\nRegards \nFOI Officer "
        ),
        (),
    ),
    "clarify-which": (
        "Q2",
        (
            "Good morning \n \nCould you please confirm exactly what information you require? By 'parking "
            "fines' do you mean penalty charge notices issued on street, off street, or both? \n \nThanks "
        ),
        (),
    ),
    "clarify-who": (
        "Q1",
        (
            "Dear requester, \n \nUnder section 8 of the Act a request must state the name of the applicant. "
            "Please provide your full name so that we can process your request. \n \nRegards "
        ),
        (),
    ),
    "form": (
        "Q1",
        (
            "Thank you for your email. To make a Freedom of Information request please complete the online "
            "form on our website and submit it together with proof of identity. We cannot process requests "
            "sent to this address. "
        ),
        (),
    ),
    "form-post": (
        "Q1",
        (
            "Please complete the attached request form and return it to us by post with a signed copy of "
            "your identification. "
        ),
        ("FOI request form.csv",),
    ),
    "refuse-s12": (
        "R1",
        (
            "Dear Ms Tran \n \nWe estimate that the cost of complying with your request would exceed the "
            "appropriate limit of £450, being 18 hours of work. We are therefore refusing your request under "
            "section 12 of the Freedom of Information Act 2000. \n \nYou may ask for an internal review "
            "within 40 working days. "
        ),
        (),
    ),
    "refuse-s14": (
        "R1",
        (
            "The council considers your request to be vexatious within the meaning of section 14(1) of the "
            "Act and will not be responding to it. "
        ),
        (),
    ),
    "refuse-s22": (
        "R1",
        (
            "The information that you have requested is intended for future publication and is therefore "
            "exempt from disclosure under section 22 of the Act. This letter serves as a refusal notice. "
        ),
        (),
    ),
    "refuse-s40": (
        "R1",
        (
            "We have decided to withhold the information because it is third-party personal data, which is "
            "exempt under section 40(2) of the Freedom of Information Act. "
        ),
        (),
    ),
    "refuse-s43": (
        "R1",
        (
            "Having applied the public interest test, we consider that the contract prices are exempt under "
            "section 43(2) (commercial interests) and cannot be released. "
        ),
        (),
    ),
    "refuse-s31": (
        "R1",
        (
            "Disclosure would be likely to prejudice the prevention of crime. The exemption at section "
            "31(1)(a) applies and the information is withheld. "
        ),
        (),
    ),
    "refuse-bare": (
        "R2",
        ("Hi, I'm afraid we are not able to give out this information. Sorry we can't be of more help. "),
        (),
    ),
    "refuse-bare2": ("R2", "We are unable to provide the information that you asked for.", ()),
    "s21-link": (
        "L1",
        (
            "The information that you have requested is already published and so is exempt under section 21 "
            "of the Act, as it is reasonably accessible to you. You can find it at "
            "https://www.northwold.gov.uk/downloads/file/2211/parking-fines-2024.pdf "
        ),
        (),
    ),
    "link": (
        "L1",
        (
            "Dear requester, the figures you asked for are published here: "
            "https://www.northwold.gov.uk/downloads/file/3119/gifts-register-2024.xlsx \n \nRegards "
        ),
        (),
    ),
    "link-home": (
        "O1",
        ("All of our spending data is available on our website, www.northwold.gov.uk. Please have a look there. "),
        (),
    ),
    "full-attached": (
        "F1",
        ("Dear Ms Tran \n \nPlease find attached the information that you requested. \n \nKind regards \nLucy Hart "),
        ("Parking fines 2024.csv",),
    ),
    "full-attached-pdf": (
        "F1",
        (
            "Further to your request of 3 November 2025, I enclose a copy of the register of gifts and "
            "hospitality. \n \nYours sincerely "
        ),
        ("register-of-gifts.pdf",),
    ),
    "full-in-body": (
        "F1",
        (
            "Dear Ms Tran \n \nIn response to your request, the information held by the council is as "
            "follows: \n \n1. Number of penalty charge notices issued in 2023: 14,312 \n2. Number of penalty "
            "charge notices issued in 2024: 15,087 \n3. Income from them in 2024: £512,400 \n \nYours "
            "sincerely "
        ),
        (),
    ),
    "full-answers": (
        "F1",
        (
            "Please see our answers below. \n \nQ1. How many complaints were received in 2024? \nA1. 412 \n "
            "\nQ2. How many were upheld? \nA2. 96 \n \nIf you are unhappy with this response you may request "
            "an internal review. "
        ),
        (),
    ),
    "full-response-letter": (
        "F1",
        ("Please see attached our response to your freedom of information request. \n \nFOI Team "),
        ("Response FOI-20931.pdf",),
    ),
    "partial-s40": (
        "P1",
        (
            "Please find attached the information you requested. The names of junior officers have been "
            "redacted under section 40(2) of the Act. "
        ),
        ("contracts.pdf",),
    ),
    "partial-not-held": (
        "P1",
        "I attach the figures for 2023 and 2024. We do not hold the information for 2022.",
        ("figures.csv",),
    ),
    "partial-part-2": (
        "P1",
        (
            "I can provide part of the information that you asked for, and it is attached. The remaining "
            "information is exempt under section 43 of the Act. "
        ),
        ("part-one.pdf",),
    ),
    "extension-public-interest": (
        "X1",
        (
            "We need further time to consider the public interest test under section 10(3) of the Act. We "
            "now expect to respond by 12 January 2026. "
        ),
        (),
    ),
    "extension-late": (
        "X1",
        (
            "I am sorry for the delay in replying to your request. We are still collating the information "
            "and hope to send you a response by the end of next week. "
        ),
        (),
    ),
    "extension-permitted": (
        "X1",
        (
            "Because of the complexity of your request we are extending the time limit by a further 20 "
            "working days. You will receive our response no later than 5 January 2026. "
        ),
        (),
    ),
    "transfer-county": (
        "T2",
        (
            "Schools are the responsibility of Norfolk County Council, and so you should contact them at "
            "foi@norfolk.gov.uk. "
        ),
        (),
    ),
    "transfer-police": (
        "T2",
        (
            "We do not hold this information. It may be held by the Police and Crime Commissioner, to whom "
            "you may wish to redirect your request. "
        ),
        (),
    ),
    "transfer-sent": (
        "T2",
        ("We have transferred your request to the Environment Agency, which will reply to you directly. "),
        (),
    ),
    "passed-inside": ("T1", "I have forwarded your email to our Parking Services team, who will respond to you.", ()),
    "fee": (
        "Q1",
        (
            "There is a charge of £35 for photocopying. Please send a cheque payable to the council; we will "
            "release the documents once payment is received. "
        ),
        (),
    ),
    "not-held": ("R2", "The council does not hold the information that you have requested.", ()),
    "not-held-act": (
        "R1",
        (
            "In accordance with section 1(1)(a) of the Act I can confirm that the information requested is "
            "not held by the council. "
        ),
        (),
    ),
    "internal-review": (
        "A2",
        (
            "Thank you for asking for an internal review of our response. Your request has been received and "
            "a senior officer will look into it. "
        ),
        (),
    ),
    "out-of-office": (
        "A1",
        (
            "I am out of the office until Monday 24 November with no access to email. If your enquiry is "
            "urgent please contact foi@northwold.gov.uk. "
        ),
        (),
    ),
    "auto-receipt": (
        "A1",
        (
            "This is an automatic reply. Your email has been received by Northwold Borough Council. Please "
            "do not reply to this message. "
        ),
        (),
    ),
    "objection": ("OB", "Please remove this address from your mailing list and do not contact us again.", ()),
    "moved": (
        "O1",
        ("Please note that this mailbox is no longer in use. Our new address is information@northwold.gov.uk. "),
        (),
    ),
    "neither-confirm": (
        "R1",
        (
            "The council neither confirms nor denies that it holds the information, under section 40(5B) of "
            "the Freedom of Information Act 2000. "
        ),
        (),
    ),
    "purpose": ("Q2", "Could you tell us who you are and why you need this information?", ()),
    "voice": ("O1", "Could you give me a ring on 01632 960 455 to talk about your request?", ()),
}
LIKE_A_PROGRAM = {"receipt": Event.AUTO_ACK, "internal-review": Event.AUTO_ACK}
ROWS = "Month,Number\nJanuary,412\nFebruary,388\nMarch,455\n"


def letter(name: str, text: str, files: tuple[str, ...]) -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = "Northwold FOI <foi@northwold.gov.test>", "survey@prober.test"
    away = name == "out-of-office"
    message["Subject"] = f"{'Automatic reply' if away else 'RE'}: Request for information"
    message["Message-ID"], message["In-Reply-To"] = f"<{name}@northwold.gov.test>", "<abc@prober.test>"
    message.set_content(text)
    for file in files:
        named, _, said = file.partition("|")
        content = (said or ROWS).encode()
        message.add_attachment(content, maintype="text", subtype="csv", filename=named.replace(".pdf", ".csv"))
    return message.as_bytes()


@pytest.mark.parametrize("name", LETTERS)
def test_an_english_letter_has_its_class(name: str) -> None:
    wanted, text, files = LETTERS[name]
    reply = parser.parse(letter(name, text, files))
    context = rules.RuleContext(matched=True, vocabulary=Vocabulary(("en",)))
    said = rules.classify(reply, delivery_reports.examine(reply), context)
    assert said.event == LIKE_A_PROGRAM.get(name, Event(wanted)), said


SITE = "https://www.northwold.gov.uk/downloads"
# What a letter says of the accounts of 2018-19 and of the payments of 2019-20: class, states, words, files.
ON_DOCUMENTS: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "named by file and link": (
        "F1", "given;given", f"Q1 Statement of accounts 2018/19: {SITE}/statement-of-accounts-2018-19.pdf\n\n"
        "Q2 Register of payments: attached.", ("Payments over 500 19-20.csv",),
    ),
    "one later": (
        "P1", "given;promised", "I attach the 2018-19 accounts. Colleagues are pulling together the supplier payments; "
        "I'll forward these separately.", ("Accounts 2018-19.csv",),
    ),
    "one withheld, below headings": (
        "P1", "given;refused", "1. Statement of accounts\n\nPlease find this attached.\n\n2. Register of payments\n\n"
        "We have looked at this. It is exempt under section 22 as we publish it each autumn.",
        ("Statement 2018-19.csv",),
    ),
    "of another year": (
        "O1", "not mentioned;not mentioned", "Please find attached the accounts that you asked for.",
        ("Statement of accounts 2020-21.csv",),
    ),
    "published, in a refusal notice": (
        "L1", "given;given", "Under section 21 we are not required to provide what is published:\n\n"
        f"Accounts 2018/19: {SITE}/4411/statement-of-accounts-2018-19.pdf\n"
        f"Supplier payments: {SITE}/5120/payments-over-500-2019-20.csv\n\n"
        "Please accept this as a refusal notice under section 17.", (),
    ),
    "refused as a whole": (
        "R1", "refused;refused", "Your request is refused under section 12, it would take us over 18 hours.", (),
    ),
    "not held, passed on": (
        "T2", "elsewhere;elsewhere", "We do not hold the accounts or the payments. We have today transferred your "
        "request to the new unitary council, which has them.", (),
    ),
    "a fee is no figure": (
        "R1", "refused;refused", "Section 12 is engaged and we refuse the request. Should you wish us to go on, the "
        "charge is £675, being 27 hours at £25 per hour.", (),
    ),
    "a leaflet": (
        "A2", "not mentioned;not mentioned", "I have logged your request and attach our leaflet on how it is handled.",
        ("How we handle requests.csv",),
    ),
    "neither exemption": (
        "F1", "given;given", "We looked at section 12 and section 22 and neither exemption applies. Both documents "
        "accompany this letter.", ("northwold accounts 1819.csv", "northwold supplier payments.csv"),
    ),
    "a link to rules": (
        "A2", "not mentioned;not mentioned", "We have received your request. How we deal with it is set out here: "
        f"{SITE}/4107/foi-charging-policy.pdf", (),
    ),
    "a retention list and a question": (
        "Q2", "not mentioned;not mentioned", "We are unsure what you are looking for. I enclose the index of our "
        "finance records. Which entries do you mean?",
        ("Index of finance records.csv|No.,Record,Kept for\n1,Statement of accounts,7 years\n2,Register of payments,",),
    ),
    "a guide, enclosed": (
        "A2", "not mentioned;not mentioned", "Thank you for your request, which reached us on Tuesday and is with me. "
        "An exemption might apply to part of it. Our guide to the Act is enclosed.",
        ("Your rights.csv|Your rights\nWe publish our accounts and our payments to suppliers every year.",),
    ),
    "passed on, with a booklet": (
        "T2", "elsewhere;elsewhere", "Your e-mail should have been addressed to Northshire Unitary Council. I have "
        "forwarded it to them. The attached booklet says who runs which service.", ("Services in Northshire.csv",),
    ),
    "more time, with a fact sheet": (
        "X1", "not mentioned;not mentioned", "We must extend the time for our answer by a further twenty working "
        "days, to 9 June, to weigh the public interest. A fact sheet is attached.", ("The public interest test.csv",),
    ),
    "another week": (
        "X1", "promised;promised", "I am not going to meet your deadline; we are short of staff and I need a further "
        "week. You should have the 2018-19 accounts and the list of payments in your inbox by Monday 18 May.", (),
    ),
    "a day that the law sets": (
        "A2", "not mentioned;not mentioned", "Your e-mail arrived safely. I will see to it and you will hear from me "
        "within the customary 20 working days, that is by 7 May.", (),
    ),
    "three words": ("A2", "not mentioned;not mentioned", "Noted, many thanks. Carol", ()),
    "a postal address": (
        "Q1", "not mentioned;not mentioned", "Section 8 of the Act says that we need an applicant's real name and a "
        "correspondence address. Please send us both.", (),
    ),
    "no lists by e-mail": (
        "R2", "refused;refused", "Hello, we do not give out payment lists or accounts to members of the public. I "
        "cannot help you further.", (),
    ),
    "asked before": (
        "R1", "refused;refused", "You had our answer to the same request in February. Relying on s.14(2) we refuse to "
        "consider it again.", (),
    ),
    "harm while something is prepared": (
        "R1", "refused;refused", "Accounts 2018-19: disclosure while the auditor's report is being compiled would "
        "prejudice the audit, and section 36(2) is engaged. Register of payments: exempt under section 40(2).", (),
    ),
    "withdrawn refusal": (
        "F1", "given;given", "In March we told you that section 12 would apply. We do not rely on it any more. All "
        "that you asked for is attached: the accounts of 2018-19 and the payments.",
        ("Accounts 2018-19.csv", "Payments to suppliers 2019-20.csv"),
    ),
    "below headings, after some sentences": (
        "P1", "given;refused", "Part 1\n\nThe 2018-19 accounts are attached.\n\nPart 2\n\nPayments of that year are "
        "held in a system that we no longer use. It would have to be restored. Somebody would have to read each "
        "entry. The work would take more than 18 hours. We refuse this part under section 12.",
        ("Statement of accounts 2018-19.csv",),
    ),
    "named by its sum and year": (
        "F1", "given;given", "Both are attached.", ("Final accounts 1819.csv", "spend over 500 201920.csv"),
    ),
    "below headings as long as the titles": (
        "P1", "given;refused", "1. Statement of accounts for the financial year 2018-19, as audited\n\nAttached.\n\n"
        "2. Register of payments to suppliers over £500, April 2019 to March 2020\n\nThis is held, but is exempt under "
        "section 22 until it has been checked.", ("Statement of accounts 2018-19.csv",),
    ),
    "both, with a word on one": (
        "R1", "refused;refused", "Both documents are exempt under section 22 as they are to be published later.\n\nThe "
        "accounts for 2018-19 have been held up by the auditor.", (),
    ),
    "an exemption that is still weighed": (
        "X1", "not mentioned;not mentioned", "We are considering whether section 43(2) may apply to some entries. We "
        "therefore need to extend the time for our reply, to 5 June.", (),
    ),
    "late, not refused": (
        "X1", "not mentioned;not mentioned", "Sorry, we will not be able to answer your request within the 20 working "
        "days. We need more time and aim to reply by 12 June.", (),
    ),
    "a day for the reply in a receipt": (
        "A2", "not mentioned;not mentioned", "I am dealing with your request, in which you ask for the 2018-19 "
        "accounts and a register of payments. A reply will be issued by 7 May.", (),
    ),
    "thanks and a leaflet": (
        "O1", "not mentioned;not mentioned", "Thank you for contacting us. Please find attached our guide to council "
        "tax bands.", ("Council tax bands.csv",),
    ),
    "another register, others on the site": (
        "O1", "not mentioned;not mentioned", "Attached is the register of councillors' interests. Earlier ones are on "
        "our website.", ("Register of interests 2019-20.csv|Name,Interest\nA. Brook,Farm",),
    ),
    "a mail to be fetched": (
        "UN", "not mentioned;not mentioned", "You have an encrypted message from Northwold. Sign in to read it: "
        "https://safe.northwold.test/m?k=77ab\n\nWhy did I get this? We encrypt some of our mail.", (),
    ),
    "a question with a link, below our line": (
        "Q2", "not mentioned;not mentioned", "> 1. Statement of accounts for the financial year 2018-19, as audited\n"
        f"Which version do you mean, this one? {SITE}/4101/statement-of-accounts-2018-19.pdf\n> 2. Register of "
        "payments to suppliers over £500, April 2019 to March 2020\nAnd do you want every month?", (),
    ),
    "names left out": (
        "F1", "given;given", "The statement of accounts 2018-19 and the register of payments to suppliers over £500, "
        "April 2019 to March 2020, are attached. The names of foster carers have been redacted as they are exempt "
        "under section 40(2), and this letter is a refusal notice in respect of those names only.",
        ("Statement of Accounts 2018-19.pdf|Statement of Accounts 2018/19\nIncome 4,120,330",
         "Payments over 500 2019-20.csv|Payments to suppliers over £500, April 2019 to March 2020\nABC,812.50"),
    ),
    "what would be needed to find it": (
        "Q2", "not mentioned;not mentioned", "Section 1(3) of the Freedom of Information Act 2000 provides that where "
        "an authority reasonably requires further information it is not obliged to comply unless it is supplied.\n"
        "Please confirm:\n(a) whether by statement of accounts you mean the group accounts; and\n(b) whether you mean "
        "the Council only.\nIf we do not hear from you by 22 July 2020 we will close the request.", (),
    ),
    "a request refused as a whole": (
        "R1", "refused;refused", "We are refusing the request under section 12 of the Freedom of Information Act. To "
        "extract the payments for April 2019 to March 2020 would take an estimated 46 hours.", (),
    ),
    "a receipt with a page about requests": (
        "A2", "not mentioned;not mentioned", "I acknowledge receipt of your request and am the officer handling it. "
        f"General guidance on making a freedom of information request can be found at {SITE}/foi/how-to-make-a-request",
        (),
    ),
    "a bulletin": (
        "O1", "not mentioned;not mentioned", "Welcome to this week's bulletin from the council.\nMarkets reopened "
        "safely. Payments to our own suppliers are now made within 7 days.", (),
    ),
    "in red below": (
        "L1", "given;given", "Our answers are in red below.\n\nFrom: Survey <survey@prober.test>\nSent: 7 April 2020 "
        "09:15\nTo: FOI\nSubject: Request\n\n1. Statement of accounts for the financial year 2018-19, as audited\n"
        f"Published here: {SITE}/finance/statement-of-accounts-2018-19\n2. Register of payments to suppliers over "
        f"£500, April 2019 to March 2020\nAnd here: {SITE}/data/payments-over-500-april-2019-march-2020", (),
    ),
    "several departments, no year": (
        "A1", "", f"Thank you for contacting the council. Your message has been received.\n\nAccounts and payments: "
        f"{SITE}/finance", (),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ON_DOCUMENTS)
def test_an_english_letter_says_of_each_document(name: str) -> None:
    _has_class_and_states(*ON_DOCUMENTS[name])


WORDINGS = Path(__file__).parents[2] / "fixtures" / "replies" / "english.csv"


@pytest.mark.parametrize("row", list(csv.DictReader(WORDINGS.read_text(encoding="utf-8").splitlines(keepends=True))))
def test_other_words_mean_the_same(row: dict[str, str]) -> None:
    files = tuple(row["files"].split("; ")) if row["files"] else ()
    _has_class_and_states(row["event"], row["documents"], row["text"], files)


def _has_class_and_states(event: str, states: str, text: str, files: tuple[str, ...]) -> None:
    study = packaged("foi-en")
    asked = tuple(requested(document.name, words(study.vocabulary)) for document in study.documents)
    reply = parser.parse(letter("documents", text, files))
    signals = rules.signals_of(reply, study.vocabulary)
    context = rules.RuleContext(matched=True, asked=asked, vocabulary=study.vocabulary)
    said = rules.classify(reply, delivery_reports.examine(reply), context, signals)
    told = rules.documents(said.event, asked, signals)
    assert (said.event.value, ";".join(state.said for state in told)) == (event, states), said


def test_an_advertisement_is_none_the_less_one_for_the_name_of_its_file() -> None:
    advert = (
        "Dear customer, FINAL NOTICE: your statement of accounts is attached. Get 50% off our billing tool! "
        "Click: https://win.test/1 Offer ends on Friday. Unsubscribe: https://win.test/u"
    )
    raw = letter("advert", advert, ("Statement_of_accounts.csv|BillFast,Half the price today",))
    kept = [line for line in raw.split(b"\n") if not line.startswith((b"In-Reply-To", b"From", b"Subject"))]
    reply = parser.parse(b"From: billfast@win.test\nSubject: Your accounts\n" + b"\n".join(kept))
    study = packaged("foi-en")
    asked = tuple(requested(document.name, words(study.vocabulary)) for document in study.documents)
    context = rules.RuleContext(matched=True, asked=asked, vocabulary=study.vocabulary)
    assert rules.classify(reply, [], context).event == Event.SPAM
    proper = letter("accounts", advert.partition(" Get")[0], ("Statement_of_accounts.csv",))
    assert rules.classify(parser.parse(proper), [], context).event == Event.PARTIAL


def test_a_link_below_a_line_of_our_letter_is_of_the_document_of_that_line() -> None:
    text = (
        "My replies are between your lines.\n\n> 1. Statement of accounts for the year 2018-19\n\nEnclosed.\n\n"
        "> 2. Register of payments to suppliers over £500, 2019-20\n\n"
        "{} https://files.northwold.test/pub/over500-2019-20.xlsx\n\n> Yours faithfully\n"
    )
    files = ("Accounts 2018-19.csv",)
    _has_class_and_states("F1", "given;given", text.format("Our mail server blocks it, fetch it over there:"), files)
    _has_class_and_states("P1", "given;refused", text.format("We will not release it under section 43:"), files)


def test_links_of_colleagues_below_a_forwarded_letter_count_and_ours_do_not() -> None:
    head = "From: {}\nSent: 20 April 2020 12:02\nTo: {}\nSubject: RE: request\n\n"
    answer = f"Accounts 2018-19: {SITE}/statement-of-accounts-2018-19.pdf\n"
    colleague, ours = head.format("Ann Lee", "Tom Hay"), head.format("Survey [mailto:survey@prober.test]", "FOI")
    own = "The answer of our finance team is below.\nTom\n\n"
    handed = own.replace("The", "Jo, please reply. The", 1)
    for text, event in (
        (own + colleague + answer + ours, "L1"),
        (own + colleague + ours + answer, "UN"),
        (handed + colleague + answer + ours, "T1"),
    ):
        raw = letter("forwarded", text, ()).replace(b"Subject: RE", b"Subject: FW")
        reply, study = parser.parse(raw), packaged("foi-en")
        asked = tuple(requested(document.name, words(study.vocabulary)) for document in study.documents)
        context = rules.RuleContext(matched=True, asked=asked, vocabulary=study.vocabulary)
        assert rules.classify(reply, [], context).event == event
