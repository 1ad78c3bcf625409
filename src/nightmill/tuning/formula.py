"""Parser for handbook formulas in text form, with its own small grammar; it never uses Python's ``eval``.

sum = product (("+" | "-") product)*; product = sign (("*" | "/") sign)*; sign = ("+" | "-") sign | power;
power = atom ("**" sign)?; atom = number | name | function "(" sum ("," sum)* ")" | "(" sum ")".
"""

import functools
import re
from collections.abc import Callable, Mapping, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
TOKEN = re.compile(r"\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([A-Za-z_]\w*)|(\*\*|[-+*/(),]))")
ONE: dict[str, Callable[[Floats], Floats]] = {
    "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "sin": np.sin, "cos": np.cos, "abs": np.abs,
}  # fmt: skip
MANY: dict[str, Callable[[Floats, Floats], Floats]] = {"min": np.minimum, "max": np.maximum}
DEEPEST = 60


class Node(msgspec.Struct, frozen=True):
    """A node of an expression tree: ``kind`` is number, name, an operator or a function; ``parts`` are its arguments.

    A number has its index (``place``) among the numbers in the formula, from 0 on.
    """

    kind: str
    value: float = 0.0
    parts: tuple["Node", ...] = ()
    place: int = 0


class FormulaError(ValueError):
    """The text doesn't match the grammar; the message says where."""


class _Parser:
    def __init__(self, text: str, names: frozenset[str]) -> None:
        self.names = names
        self.tokens: list[str] = []
        at = 0
        while at < len(text.rstrip()):
            found = TOKEN.match(text, at)
            if not found:
                raise FormulaError(f"{text[at:].strip()[:12]!r} at character {at + 1}")
            self.tokens.append(found.group().strip())
            at = found.end()
        self.at = 0
        self.depth = 0
        self.numbers = 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, expected: str = "") -> str:
        token = self.peek()
        if not token or (expected and token != expected):
            raise FormulaError(f"{token or 'the end'!s} instead of {expected or 'a value'}")
        self.at += 1
        return token

    def sum(self) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise FormulaError(f"more than {DEEPEST} nested brackets")
        node = self.product()
        while self.peek() in ("+", "-"):
            node = Node(self.take(), parts=(node, self.product()))
        self.depth -= 1
        return node

    def product(self) -> Node:
        node = self.sign()
        while self.peek() in ("*", "/"):
            node = Node(self.take(), parts=(node, self.sign()))
        return node

    def sign(self) -> Node:
        flips = 0
        while self.peek() in ("+", "-"):
            flips += self.take() == "-"
        node = self.power()
        return Node("negative", parts=(node,)) if flips % 2 else node

    def power(self) -> Node:
        node = self.atom()
        if self.peek() == "**":
            self.depth += 1
            if self.depth > DEEPEST:
                raise FormulaError(f"more than {DEEPEST} nested powers")
            self.take()
            node = Node("**", parts=(node, self.sign()))
            self.depth -= 1
        return node

    def atom(self) -> Node:
        token = self.take()
        if token == "(":
            node = self.sum()
            self.take(")")
            return node
        if token[0].isdigit() or token[0] == ".":
            self.numbers += 1
            return Node("number", float(token), place=self.numbers - 1)
        if token in ONE or token in MANY:
            self.take("(")
            parts = [self.sum()]
            while self.peek() == ",":
                self.take()
                parts.append(self.sum())
            self.take(")")
            if token in ONE and len(parts) != 1:
                raise FormulaError(f"{token} with {len(parts)} arguments")
            return Node(token, parts=tuple(parts))
        if token in self.names:
            return Node(f"name:{token}")
        raise FormulaError(f"{token!r}, which is neither a parameter nor a function")


@functools.lru_cache(maxsize=256)
def parse_formula(text: str, names: frozenset[str]) -> Node:
    """Return the tree of a formula over the parameters ``names``. Raises ``FormulaError``."""
    if len(text) > 4000:
        raise FormulaError("more than 4000 characters")
    parser = _Parser(text, names)
    node = parser.sum()
    if parser.peek():
        raise FormulaError(f"{parser.peek()!r} after the end of the formula")
    return node


def evaluate(node: Node, values: Mapping[str, Floats], numbers: Sequence[Floats] | None = None) -> Floats:
    """Evaluate the formula for arrays of parameter values; NaN or infinity where it is undefined.

    ``numbers`` replace the numbers in the formula, by index; they are arrays that broadcast with the values.
    """
    with np.errstate(all="ignore"):
        return _value(node, values, numbers)


def constants(node: Node, power: bool = False) -> list[tuple[float, bool]]:
    """Return the numbers in the formula by index, each with whether it is part of an exponent."""
    if node.kind == "number":
        return [(node.value, power)]
    return [
        found for k, part in enumerate(node.parts) for found in constants(part, power or (node.kind == "**" and k == 1))
    ]


def _value(node: Node, values: Mapping[str, Floats], numbers: Sequence[Floats] | None) -> Floats:
    if node.kind == "number":
        return np.asarray(node.value, np.float64) if numbers is None else numbers[node.place]
    if node.kind.startswith("name:"):
        return values[node.kind[5:]]
    parts = [_value(part, values, numbers) for part in node.parts]
    if node.kind in ONE:
        return ONE[node.kind](parts[0])
    if node.kind in MANY:
        out = parts[0]
        for part in parts[1:]:
            out = MANY[node.kind](out, part)
        return out
    match node.kind:
        case "+":
            return np.asarray(parts[0] + parts[1])
        case "-":
            return np.asarray(parts[0] - parts[1])
        case "*":
            return np.asarray(parts[0] * parts[1])
        case "/":
            return np.asarray(parts[0] / parts[1])
        case "**":
            return np.asarray(np.float_power(parts[0], parts[1]))
        case _:
            return np.asarray(-parts[0])
