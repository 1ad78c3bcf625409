"""Room ``intake``: a mail or a drawing in; an order draft, or what the drawing asks, with questions out.

Comes in: the text of a request for quotation or an order, or the bytes of an ``.eml``, and the day; the bytes of a drawing
(PDF, pixels or DXF). Goes out: a draft in which every value names the words it rests on, their place and how sure it is,
and a question for all that is missing, ambiguous or can't be. Tables of orders come in as cells and go out as orders. The room never makes an order, opens no attachment but a mail,
never does what a text tells it to, and never sees the model: ``plant`` holds a drawing against it.
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
