"""Room ``intake``: a mail or its text in, an order draft with questions out.

Comes in: the text of a request for quotation or an order, or the bytes of an ``.eml``, and the day. Goes out: a draft in
which every value names the words it rests on and how sure it is, and a question for all that is missing, ambiguous or
can't be. The room never makes an order, never opens an attachment and never does what a text tells it to.
"""

from nightmill.intake.draft import DraftLine, Extracted, OrderDraft, Question
from nightmill.intake.mail import read_mail
from nightmill.intake.rfq import read_rfq

__all__ = ["DraftLine", "Extracted", "OrderDraft", "Question", "read_mail", "read_rfq"]
