"""Split a mail into its messages, newest first, without greetings, signatures, quotes and disclaimers.

All other text is replaced by blanks, character by character, so that positions in the text stay the same.
"""

import re
from collections.abc import Iterable

import msgspec

from nightmill.intake.lexicon import patterns
from nightmill.intake.mail.text_tables import cells

_CLOSING = re.compile(
    r"(?:(?:mit|viele|beste|freundliche|herzliche|liebe|schöne)[^\n]{0,20}gr(?:ü|ue)(?:ß|ss)[^\n]{0,30}|mfg|gru(?:ß|ss)(?: [^\n]{0,30})?|lg"
    r"|(?:with )?(?:kind(?:est)?|best|warm|many thanks and|thanks (?:&|and)|with)? ?(?:best )?regards|rgds|b\.? ?r\.?|(?:many |best )?thanks|thank you|cheers|sincerely(?: yours)?|yours (?:sincerely|faithfully|truly)|thx|sent from my [^\n]{0,30}"
    r"|(?:bien |très )?cordialement|salutations[^\n]{0,30}|sincères salutations|(?:cordiali|distinti) saluti|saludos(?: cordiales)?|谢谢[!！。]?|此致|祝好|顺祝商祺)"
    r"[ \t]*+[,.!]?[ \t]*(?:/[^\n]{0,40}|[-–,/] ?[^\W\d_][^\W\d_.]{1,15}(?: [^\W\d_][^\W\d_.]{1,15})?)?|--",
    re.I,
)
_KEPT = re.compile(
    r"\d[ \t]{0,2}(?:pcs?|pieces?|off|ea|stk|st(?:ü|ue)ck|pièces?|件)\b|^\W{0,3}(?:PS|P\.S\.|NB|N\.B\.)\b|[|\t][^|\t\n]{0,60}\d",
    re.I,
)
"""Text that is not a signature although it follows the closing greeting: pieces, a table, a postscript."""
_CONTACT = re.compile(
    r"\b(?:tel(?:efon|ephone|\.)?|phone|fax|mobile?(?!,)|handy)\b\W{0,4}[^\n]{0,20}?[+(]?\d(?:[ ()./-]{0,3}\d){4}|\b(?:ust-?id(?:nr)?|vat(?: no)?|siret|hr[ab]|iban|bic|amtsgericht|registered (?:in|office)|geschäftsführer)\b\W{0,4}[^\n]{0,20}\d|^[TMFP]: ?\+?\d|电话|传真"
    r"|^(?:confidential(?:ity)?|disclaimer|(?:legal |important )?notice\b|privileged|this e-?mail|diese e-?mail|der inhalt dieser)\b",
    re.I,
)
_SENTENCE = 4
"""Words which show that a line is more than a greeting."""
_TELEPHONE = re.compile(
    r"\+\d{1,3}[ ./()-]{0,3}\d{1,5}(?:[ ./()-]{1,2}\d{2,7}){1,5}|\b0\d{2,4}(?:[ /-]| / )\d{2,4}[ -]?\d{3,6}\b|\([2-9]\d\d\)[ -]?\d{3}[-. ]\d{4}\b|(?<![\w.-])[2-9]\d\d([-.])\d{3}\1\d{4}\b(?![.-]\w)"
)
_FORWARDED = re.compile(
    r"[-_=]{2,}\s*(?:original(?: message|nachricht)?|forwarded(?: message)?|ursprüngliche nachricht|weitergeleitete nachricht|message d'origine|message transféré|begin forwarded message|原始邮件|转发邮件)\s*[-_=]*",
    re.I,
)
_WROTE = re.compile(r"(?:On|Am|Le|El|在)\s[^\n]{5,120}(?:wrote|schrieb|a écrit|escribió|写道)[^\n]{0,60}[:：]\s*", re.I)
_SENDER = re.compile(r"(?:From|Von|De|Da|发件人)\s*[:：].*", re.I)
_HEADER = re.compile(
    r"(?:From|Sent|Date|To|Cc|Subject|Von|Gesendet|Datum|An|Betreff|De|Envoyé|À|Objet|发件人|发送时间|收件人|主题)\s*[:：].*",
    re.I,
)
_SUBJECT = re.compile(r"(?:Subject|Betreff|Objet|主题)\s*[:：]", re.I)


MOST = 8


class Message(msgspec.Struct, frozen=True):
    """One message of a thread: the whole text with everything else blanked, and whether it was forwarded instead of quoted."""

    text: str
    forwarded: bool


def messages(text: str) -> list[Message]:
    """Return the messages of a mail, newest first; at least one and at most ``MOST``; the oldest one contains the rest."""
    lines = text.splitlines(keepends=True)
    owner: list[int] = []
    forwards = [False]
    quoted = bare_yet = False
    current = 0
    for place, line in enumerate(lines):
        bare = line.strip().lstrip("> \t")
        into_quotes = line.lstrip().startswith(">")
        opening = _FORWARDED.fullmatch(bare) or _WROTE.fullmatch(bare)
        begins = (opening or (into_quotes and not quoted) or _is_header(lines, place)) and not bare_yet
        if begins and len(forwards) < MOST:
            forwards.append(not _WROTE.fullmatch(bare) and (opening is not None or not into_quotes))
            current, bare_yet = len(forwards) - 1, True
        elif quoted and not into_quotes and bare and not opening:
            current, bare_yet = 0, False  # an answer below the text it answers
        bare_yet = bare_yet and (not bare or opening is not None or _HEADER.fullmatch(bare) is not None)
        quoted = into_quotes or (quoted and not bare)
        owner.append(current)
    return [
        Message(_signed_off("".join(_kept(lines, owner, number))), forwarded)
        for number, forwarded in enumerate(forwards)
    ]


def _is_header(lines: list[str], place: int) -> bool:
    """Return whether a block of headers starts here: a sender, and another header within four lines."""
    bare = lines[place].strip().lstrip("> \t")
    following = (line.strip().lstrip("> \t") for line in lines[place + 1 : place + 5])
    return _SENDER.fullmatch(bare) is not None and any(_HEADER.fullmatch(line) for line in following)


def _kept(lines: list[str], owner: list[int], number: int) -> Iterable[str]:
    for line, mine in zip(lines, owner, strict=True):
        bare = line.strip().lstrip("> \t")
        opening = _FORWARDED.fullmatch(bare) or _WROTE.fullmatch(bare)
        header = _HEADER.fullmatch(bare) and not _SUBJECT.match(bare) and (number > 0 or _SENDER.fullmatch(bare))
        yield (
            _blank(line)
            if mine != number or opening or header
            else re.sub(r"^[> \t]*>", lambda match: " " * len(match.group()), line)
        )


def _blank(text: str) -> str:
    return re.sub(r"[^\n\r]", " ", text)


def _signed_off(text: str) -> str:
    """Return the text without signature, contact details and legal notices; a part number may look like a telephone
    number.
    """
    made = []
    closed = begun = False
    for line in text.splitlines(keepends=True):
        bare = line.strip()
        kept = _KEPT.search(line) is not None
        # thanks right after a greeting open a letter; they don't end it
        closed = closed or (begun and _CLOSING.fullmatch(bare) is not None)
        begun = begun or kept or len(bare.split()) >= _SENTENCE or not bare.isascii()
        contact = _CONTACT.search(bare) is not None and not kept
        made.append(_blank(line) if (closed or contact) and not kept else line)
    left = "".join(made)
    announced = bytearray(len(left))
    spans = [
        match.span("part")
        for pattern in (patterns.PART_LABELLED, patterns.PART_ASKED_FOR)
        for match in pattern.finditer(left)
    ]
    spans += [(cell.start, cell.end) for cell in cells(left) if cell.kind in ("part", "drawing")]
    for start, end in spans:
        announced[start:end] = b"\1" * (end - start)
    return _TELEPHONE.sub(
        lambda match: match[0] if all(announced[match.start() : match.end()]) else " " * len(match[0]), left
    )


def joined(first: str, second: str) -> str:
    """Join two texts of one length, each blank where the other isn't."""
    return "".join(b if a == " " else a for a, b in zip(first, second, strict=True))
