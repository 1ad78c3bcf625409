"""Topics of the Sparkplug namespace: ``spBv1.0/GROUP/KIND/EDGE_NODE[/DEVICE]`` and ``spBv1.0/STATE/HOST`` (chapter 4)."""

from functools import lru_cache
from typing import Literal, get_args

import msgspec

from nightmill.vocabulary.errors import BadInput, Finding

NAMESPACE = "spBv1.0"
KEPT_TOPICS = 4096
"""Number of topics whose parts are cached: a machine uses the same topic a thousand times a minute."""
Kind = Literal["NBIRTH", "NDEATH", "NDATA", "NCMD", "DBIRTH", "DDEATH", "DDATA", "DCMD"]
_KINDS: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}


class Topic(msgspec.Struct, frozen=True):
    """The parts of a topic; only D-messages have a ``device``."""

    group: str
    kind: Kind
    node: str
    device: str = ""

    def __post_init__(self) -> None:
        check_id(self.group, "group id")
        check_id(self.node, "edge node id")
        if (self.kind[0] == "D") != bool(self.device):
            raise _wrong(self.kind, f"device {self.device!r}", "a device in D messages, and in no other")
        if self.device:
            check_id(self.device, "device id")

    def text(self) -> str:
        """Return the topic as an MQTT string."""
        return "/".join(filter(None, (NAMESPACE, self.group, self.kind, self.node, self.device)))


@lru_cache(maxsize=KEPT_TOPICS)
def topic_text(group: str, kind: Kind, node: str, device: str = "") -> str:
    """Return the topic of these parts as an MQTT string. Raises the ``BadInput`` of ``Topic``."""
    return Topic(group, kind, node, device).text()


def state_topic(host: str) -> str:
    """Return the topic on which a host application publishes its online state."""
    check_id(host, "host id")
    return f"{NAMESPACE}/STATE/{host}"


@lru_cache(maxsize=KEPT_TOPICS)
def read_topic(text: str) -> Topic | None:
    """Return the parts of a topic; ``None`` if it doesn't belong to an edge node or device."""
    words = text.split("/")
    if len(words) not in (4, 5) or words[0] != NAMESPACE or words[2] not in _KINDS:
        return None
    try:
        return Topic(words[1], _KINDS[words[2]], words[3], words[4] if len(words) == 5 else "")
    except BadInput:
        return None


def check_id(text: str, what: str) -> None:
    """Raise ``BadInput`` if an id can't be part of a topic."""
    if not text or any(character in text for character in "+/#\0") or len(text.encode("utf-8", "surrogatepass")) > 255:
        raise _wrong(what, repr(text), "text without + / #, at most 255 bytes")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise _wrong(what, repr(text), "UTF-8") from error


def _wrong(place: str, found: str, expected: str) -> BadInput:
    return BadInput(Finding("Sparkplug topic", place, found, expected, "Choose another name."))
