"""Read a mail (RFC 5322, ``.eml``) into a draft: headers, text part and attachment names, using stdlib ``email``."""

import re
from datetime import date
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from html import unescape

from nightmill.intake.lexicon.order_draft import OrderDraft
from nightmill.intake.request_reader import read_rfq
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.validation import FIRST_DAY, LAST_DAY

_LARGEST = 50_000_000
_DEEPEST = 3
"""Depth to which mails attached to mails are read."""


def read_mail(data: bytes, *, today: date) -> OrderDraft:
    """Return the draft of an ``.eml``. ``today`` is used if the mail has no readable date. Raises ``BadInput`` if it isn't a mail.

    Attachments are listed, never opened; a sender's name proves nothing about who wrote the mail.
    """
    if not data.strip() or len(data) > _LARGEST:
        raise BadInput(
            Finding(
                "mail", "", f"{len(data)} bytes", f"a mail of 1 to {_LARGEST} bytes", "Save the mail as .eml again."
            )
        )
    try:
        message = BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(data)
    except (LookupError, ValueError) as error:
        raise _no_headers(error) from error
    if not message.keys():
        raise BadInput(
            Finding(
                "mail", "headers", "none", "From, Subject, ...", "Save the mail as .eml again, or its text as .txt."
            )
        )
    try:
        names = tuple(_plain(_filename(part)) for part in message.iter_attachments() if not _handed_on(part))
        written = getattr(message.get("date"), "datetime", None)
        text = _whole_text(message)
    except (LookupError, ValueError) as error:
        raise _no_headers(error) from error
    return read_rfq(
        text,
        sender=_plain(_header(message, "from")) or None,
        today=written.date() if written is not None and FIRST_DAY <= written.date() <= LAST_DAY else today,
        subject=_plain(_header(message, "subject")),
        attachments=names,
    )


def _no_headers(error: Exception) -> BadInput:
    """Return the error for headers that stdlib's parser fails on, such as those in unusual character sets."""
    remedy = "Save the text of the mail as .txt instead."
    return BadInput(Finding("mail", "headers", str(error)[:200], "headers of RFC 5322", remedy))


def _header(message: EmailMessage, name: str) -> str:
    """Return a header as text; empty if stdlib's parser fails on it, as on some malformed address lists."""
    try:
        return str(message.get(name, ""))
    except (AttributeError, LookupError, ValueError):
        return ""


def _filename(part: EmailMessage) -> str:
    """Return the name of an attachment; an attachment with an unreadable name still counts."""
    try:
        return part.get_filename() or "unnamed"
    except (AttributeError, LookupError, ValueError):
        return "unnamed"


def _handed_on(part: EmailMessage) -> bool:
    return part.get_content_type() == "message/rfc822"


def _whole_text(message: EmailMessage, depth: int = 0) -> str:
    """Return the text of a mail, followed by those of the mails attached to it, as in a thread."""
    text = _text(message)
    if depth >= _DEEPEST:
        return text
    for part in message.iter_attachments():
        inner = part.get_payload() if _handed_on(part) else None
        if isinstance(inner, list) and inner and isinstance(inner[0], EmailMessage):
            lines = ["", "", "-------- Forwarded Message --------", f"From: {_plain(_header(inner[0], 'from'))}"]
            lines += [f"Date: {_plain(_header(inner[0], 'date'))}", f"Subject: {_plain(_header(inner[0], 'subject'))}"]
            text += "\n".join([*lines, "", _whole_text(inner[0], depth + 1)])
    return text


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain", "html"))
    if body is None:
        return ""
    raw = body.get_payload(decode=True)
    if not isinstance(raw, bytes):
        return ""
    try:
        text = raw.decode(body.get_content_charset("utf-8"), errors="replace")
    except (LookupError, ValueError):
        text = raw.decode("utf-8", errors="replace")
    if body.get_content_type() == "text/html":
        text = re.sub(r"\s+", " ", _without_scripts(text))
        text = re.sub(r"(?i)\s*</t[dh]\s*>\s*(?=<t[dh]\b)", "\t", text)
        text = re.sub(r"(?i)\s*<(?:br|/p|/tr|/div|/li|/h\d)\s*/?>\s*", "\n", text)
        text = unescape(re.sub(r"<[^<>]*>", "", text)).replace("\u00ad", "")
    return text.replace("\r\n", "\n")


def _without_scripts(text: str) -> str:
    """Return the page without its scripts and styles, in one pass; an unclosed element stays."""
    kept, at = list[str](), 0
    unclosed = set[str]()
    for opened in re.finditer(r"(?i)<(script|style)\b", text):
        kind = opened[1].lower()
        if opened.start() < at or kind in unclosed:
            continue
        closed = _CLOSED[kind].search(text, opened.end())
        if closed is None:
            unclosed.add(kind)
            continue
        kept += [text[at : opened.start()], " "]
        at = closed.end()
    return "".join([*kept, text[at:]])


_CLOSED = {kind: re.compile(rf"(?i)</{kind}>") for kind in ("script", "style")}


def _plain(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f]+", " ", text).strip()[:500]
