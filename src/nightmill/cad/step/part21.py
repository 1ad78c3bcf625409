"""Read ISO 10303-21 text: instances by id, both simple and complex, parsed on demand.

Only the grammar is interpreted, not the meaning: keywords and parameters are kept as written in the file.
"""

import re
from dataclasses import dataclass, field

_STRING = re.compile(r"'(?:[^']++|'')*+'")
_COMMENT_OR_STRING = re.compile(r"'(?:[^']++|'')*+'|/\*.*?\*/", re.DOTALL)
_INSTANCE = re.compile(r"#(\d+)\s*=\s*((?:[^';]++|'(?:[^']++|'')*+')*+);")
_KEYWORD = re.compile(r"\s*([A-Z_a-z][\w]*)\s*\(")
_TOKEN = re.compile(
    r"\s*(?:(?P<ref>#\d+)|(?P<string>'(?:[^']|'')*')|(?P<number>[+-]?\d+\.?\d*(?:[Ee][+-]?\d+)?)"
    r"|(?P<enum>\.\w+\.)|(?P<mark>[(),$*])|(?P<word>[A-Za-z_]\w*)|(?P<binary>\"[^\"]*\"))"
)


@dataclass(frozen=True)
class Ref:
    """A reference to another instance."""

    id: int


@dataclass(frozen=True)
class Enum:
    """An enumeration or logical value, without its dots."""

    name: str


@dataclass(frozen=True)
class Record:
    """One keyword with its parameters: a whole simple instance, part of a complex instance, or a typed parameter."""

    keyword: str
    parameters: tuple[object, ...]

    def ref(self, place: int) -> int | None:
        """Return the id that parameter ``place`` refers to, or None if it is something else or absent."""
        value = self.at(place)
        return value.id if isinstance(value, Ref) else None

    def at(self, place: int) -> object:
        """Return parameter ``place``, or None if the record is shorter."""
        return self.parameters[place] if place < len(self.parameters) else None

    def text(self, place: int) -> str:
        """Return parameter ``place`` as text, empty if it isn't text."""
        value = self.at(place)
        return value if isinstance(value, str) else ""

    def refs(self) -> list[int]:
        """Return the ids that the record's parameters refer to, including those in lists, in order."""
        flat = [item for value in self.parameters for item in (value if isinstance(value, list) else [value])]
        return [item.id for item in flat if isinstance(item, Ref)]


@dataclass
class Part21:
    """All instances in a file: ``raw`` maps an id to the text to the right of the equals sign."""

    raw: dict[int, str]
    _by_keyword: dict[str, list[int]] = field(default_factory=dict)
    _parsed: dict[int, tuple[Record, ...]] = field(default_factory=dict)
    _users: dict[int, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for number, text in self.raw.items():
            for keyword in _keywords(text):
                self._by_keyword.setdefault(keyword, []).append(number)

    def of(self, *keywords: str) -> list[int]:
        """Return the ids of the instances that have one of ``keywords``, in ascending order."""
        return sorted({number for keyword in keywords for number in self._by_keyword.get(keyword, ())})

    def keywords_like(self, ending: str) -> list[str]:
        """Return all keywords in the file that end in ``ending``."""
        return sorted(keyword for keyword in self._by_keyword if keyword.endswith(ending))

    def records(self, number: int | None) -> tuple[Record, ...]:
        """Return the records of one instance (several if it is complex); empty if it isn't defined."""
        if number is None or number not in self.raw:
            return ()
        if number not in self._parsed:
            self._parsed[number] = _parse(self.raw[number])
        return self._parsed[number]

    def record(self, number: int | None, keyword: str = "") -> Record | None:
        """Return the record ``keyword`` of an instance, or the first record."""
        for record in self.records(number):
            if not keyword or record.keyword == keyword:
                return record
        return None

    def ref_of(self, number: int | None, keyword: str, place: int) -> int | None:
        """Return the id that parameter ``place`` of an instance's record ``keyword`` (the first record if ``keyword`` is empty) refers
        to.
        """
        record = self.record(number, keyword)
        return record.ref(place) if record else None

    def users(self, number: int) -> list[int]:
        """Return the ids of the instances that refer to ``number``."""
        if not self._users:
            for user, text in self.raw.items():
                for used in set(re.findall(r"#(\d+)", _STRING.sub("''", text))):
                    self._users.setdefault(int(used), []).append(user)
        return self._users.get(number, [])

    def dangling(self) -> list[int]:
        """Return ids that are referred to but not defined, in order."""
        self.users(0)
        return sorted(number for number in self._users if number not in self.raw)


def read_part21(text: str) -> Part21:
    """Split the text of a STEP file into instances. Broken instances are skipped, never guessed."""
    if "/*" in text:
        text = _COMMENT_OR_STRING.sub(lambda m: m.group() if m.group().startswith("'") else " ", text)
    start = re.search(r"\bDATA\s*[;(]", text)
    return Part21({int(m.group(1)): m.group(2).strip() for m in _INSTANCE.finditer(text, start.end() if start else 0)})


def _keywords(text: str) -> list[str]:
    if not text.startswith("("):
        match = _KEYWORD.match(text)
        return [match.group(1).upper()] if match else []
    found, depth = [], 0
    for match in re.finditer(r"'(?:[^']|'')*'|[()]|[A-Za-z_]\w*", text):
        token = match.group()
        if token == "(":
            depth += 1
        elif token == ")":
            depth -= 1
        elif depth == 1 and token[0] != "'":
            found.append(token.upper())
    return found


def _parse(text: str) -> tuple[Record, ...]:
    """Parse the right side of one instance; an instance that breaks the grammar has no records."""
    tokens = _tokens(text)
    if tokens is None:
        return ()
    if text.startswith("("):
        tokens = tokens[1:-1]
    records: list[Record] = []
    place = 0
    while place < len(tokens):
        kind, value = tokens[place]
        if kind != "word" or place + 1 >= len(tokens) or tokens[place + 1][1] != "(":
            return ()
        parameters, place = _list(tokens, place + 2)
        if parameters is None:
            return ()
        records.append(Record(value.upper(), tuple(parameters)))
    return tuple(records)


def _tokens(text: str) -> list[tuple[str, str]] | None:
    tokens: list[tuple[str, str]] = []
    place = 0
    text = text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            return None
        tokens.append((match.lastgroup, match.group(match.lastgroup)))
        place = match.end()
    return tokens


def _list(tokens: list[tuple[str, str]], place: int) -> tuple[list[object] | None, int]:
    """Return the parameters up to the closing bracket, using an explicit stack: nesting in a hostile file has no limit."""
    stack: list[tuple[str, list[object]]] = [("", [])]
    while place < len(tokens):
        kind, value = tokens[place]
        place += 1
        if value == "(" and kind == "mark":
            stack.append(("", []))
        elif kind == "word":
            if place >= len(tokens) or tokens[place][1] != "(":
                return None, place
            place += 1
            stack.append((value.upper(), []))
        elif value == ")" and kind == "mark":
            keyword, items = stack.pop()
            if not stack:
                return items, place
            stack[-1][1].append(Record(keyword, tuple(items)) if keyword else items)
        elif value != "," or kind != "mark":
            stack[-1][1].append(_value(kind, value))
    return None, place


def _value(kind: str, value: str) -> object:
    if kind == "ref":
        return Ref(int(value[1:]))
    if kind == "string":
        return value[1:-1].replace("''", "'")
    if kind == "number":
        return float(value)
    if kind == "enum":
        return Enum(value[1:-1])
    return None
