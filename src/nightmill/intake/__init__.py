"""Room ``intake``: reads mails, drawings and order books into drafts, requirements and orders, with questions.

In: the text of a request for quotation or an order, or the bytes of an ``.eml``, and the date; the bytes of a drawing
(PDF, pixels or DXF). Out: a draft in which every value has the words it was read from, their position and a confidence,
with a question for everything missing, ambiguous or impossible. Order tables are passed in as cells and returned as
orders. Never: makes an order, opens an attachment that isn't a mail, follows instructions in a text, or uses the CAD
model: ``plant`` compares a drawing with the model.
"""

from nightmill.intake.drawing.read_drawing import DrawingKind, read_drawing
from nightmill.intake.drawing.records import Asked, Drawing, Field, Place
from nightmill.intake.email_reader import read_mail
from nightmill.intake.lexicon.order_draft import DraftLine, Extracted, OrderDraft, Question
from nightmill.intake.order_book.reader import BookLine, OrderBook, read_order_book
from nightmill.intake.request_reader import read_rfq

__all__ = [
    "Asked",
    "BookLine",
    "DraftLine",
    "Drawing",
    "DrawingKind",
    "Extracted",
    "Field",
    "OrderBook",
    "OrderDraft",
    "Place",
    "Question",
    "read_drawing",
    "read_mail",
    "read_order_book",
    "read_rfq",
]
