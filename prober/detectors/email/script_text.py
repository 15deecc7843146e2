"""Read the strings that inline JavaScript puts together, without running it.

This covers the part of the language by which addresses are hidden: literals, `+`, variables, `+=`, lists and their
elements, templates, `String.fromCharCode`, `unescape`, `decodeURIComponent`, `atob`, `.join`, `.reverse`, `.replace`.
Anything else ends an expression. The time is linear in the length of the script.
"""

import base64
import binascii
import html
import re
from collections.abc import Iterator
from urllib.parse import unquote

from prober.text.patterns import linear

TRIGGER = linear(
    r"mailto|@|%40|&#0*64;|&#x0*40;|&commat;|\\x40|\\u0040|fromCharCode|cloak|atob\(|addy|zn?vygb|\.reverse\("
)
LONGEST = 30_000  # characters of one script that are read; a script that hides an address is short
# Bounds against hostile scripts: `a=a+a` doubles, `[[[[` and `f(f(f(` nest. Scripts that hide addresses need far less.
LONGEST_VALUE, LONGEST_LIST, MOST_LISTS, DEEPEST = 4_000, 400, 100, 8

_TOKEN = linear(
    r"""\s+|//[^\n]*|/\*.*?(?:\*/|\Z)"""
    r"""|(?P<string>'(?:[^'\\\n]|\\.){0,1500}+'|"(?:[^"\\\n]|\\.){0,1500}+"|`(?:[^`\\]|\\.){0,1500}+`)"""
    r"""|(?P<name>[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*)|(?P<number>\d+)|(?P<sign>\+=|==+|.)""",
    re.DOTALL,
)
_ESCAPE = linear(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_CALLS = ("String.fromCharCode", "unescape", "decodeURIComponent", "decodeURI", "atob", "window.atob")
_METHODS = ("join", "split", "reverse", "replace")
_SLOT = linear(r"\$\{\s*([A-Za-z_$][\w$.]*)\s*\}")

Token = tuple[str, str]


def strings(script: str) -> list[str]:
    """Return every string that an expression of `script` yields, with character references and percent signs undone.

    >>> strings("var a='stc'; var b=a+'&#64;'+'camau'; document.write(b+'.gov'+'.vn')")[-1]
    'stc@camau.gov.vn'
    """
    if not TRIGGER.search(script):
        return []
    reader = _Reader(_tokens(script[:LONGEST]))
    found = dict.fromkeys(reader.run())
    turned = "charCodeAt" in script and "13" in script  # ROT13 in the script's own code; the caller undoes it
    return [unquote(html.unescape(text)) for text in found if len(text) > 4 or turned]


def _tokens(script: str) -> list[Token]:
    found = []
    for match in _TOKEN.finditer(script):
        kind = match.lastgroup
        if kind == "string":
            found.append(("template" if match[0][0] == "`" else "string", _literal(match[0][1:-1])))
        elif kind == "name" and (method := match[0].rpartition("."))[2] in _METHODS and method[0]:
            found += [("name", method[0]), ("sign", "."), ("name", method[2])]
        elif kind:
            found.append((kind, match[0]))
    return found


def _literal(text: str) -> str:
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda match: chr(int(match[1] or match[2], 16)) if match[1] or match[2] else match[3], text)


class _Reader:
    """Read expressions from left to right and remember the values of variables."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0
        self._lists_left = MOST_LISTS
        self._values: dict[str, str] = {}
        self._lists: dict[str, list[str]] = {}

    def run(self) -> Iterator[str]:
        while self._at < len(self._tokens):
            kind, text = self._tokens[self._at]
            sign = self._peek(1)
            if kind == "name" and sign in (("sign", "="), ("sign", "+=")):
                self._at += 2
                value = self._sum()
                if value is None:
                    yield from self._remembered(text)
                else:
                    held = self._values.get(text, "") if sign[1] == "+=" else ""
                    self._values[text] = (held + value)[:LONGEST_VALUE]
                    yield self._values[text]
                continue
            value = self._sum()
            if value is None:
                self._at += 1
            else:
                yield value

    def _remembered(self, name: str) -> list[str]:
        """Return the items of `name = ["stc", "camau"]` and keep them for `name[1]`; [] if no list follows."""
        if self._peek() != ("sign", "[") or not self._lists_left:
            return []
        self._lists_left -= 1
        self._at += 1
        self._lists[name] = self._arguments("]")
        return self._lists[name]

    def _element(self) -> str | None:
        """Return `name[1]` of a remembered list, or None."""
        name, number = self._peek()[1], self._peek(2)
        items = self._lists.get(name, [])
        if self._peek(1) != ("sign", "[") or number[0] != "number" or not int(number[1][:4]) < len(items):
            return None
        self._at += 4
        return items[int(number[1][:4])]

    def _filled(self, template: str) -> str:
        """Return a template with the known variables filled in."""
        return _SLOT.sub(lambda match: self._values.get(match[1], ""), template)[:LONGEST_VALUE]

    def _peek(self, ahead: int = 0) -> Token:
        position = self._at + ahead
        return self._tokens[position] if position < len(self._tokens) else ("", "")

    def _sum(self) -> str | None:
        """Return the terms joined by "+", or None; an unknown term is left out, so that the rest can still be read."""
        start = self._at
        value = self._term()
        if value is None:
            if self._peek()[0] != "name" or self._peek(1) != ("sign", "+"):
                self._at = start
                return None
            self._at += 1
            value = ""
        parts = [value]
        while self._peek() == ("sign", "+"):
            self._at += 1
            term = self._term()
            if term is None:
                if self._peek()[0] not in ("name", "number"):
                    break
                self._at += 1
                term = ""
            parts.append(term)
        return "".join(parts)[:LONGEST_VALUE]

    def _term(self) -> str | None:
        kind, text = self._peek()
        if kind in ("string", "template"):
            self._at += 1
            return self._turned(text if kind == "string" else self._filled(text))
        if kind == "name" and text in self._lists and (element := self._element()) is not None:
            return self._turned(element)
        if kind == "name" and text in _CALLS and self._peek(1) == ("sign", "("):
            self._at += 2
            return _called(text, self._arguments(")"))
        if kind == "name" and text in self._values and self._peek(1) not in (("sign", "("), ("sign", "=")):
            self._at += 1
            return self._turned(self._values[text])
        if (kind, text) == ("sign", "["):
            return self._listed()
        return None

    def _listed(self) -> str | None:
        """Return `[…].join(…)`, with or without `.reverse()`; None for any other list, and for a list within a list."""
        start = self._at
        if self._depth or not self._lists_left:
            return None
        self._at += 1
        items = self._arguments("]")
        while (method := self._method()) is not None:
            name, arguments = method
            if name == "reverse":
                items.reverse()
            elif name == "join":
                return (arguments[0] if arguments else "").join(items)
        self._at = start
        self._lists_left -= 1
        return None

    def _turned(self, text: str) -> str:
        """Apply `text.split('').reverse().join('')`, `text.split(x).join(y)` and `text.replace(x, y)`."""
        items: list[str] | None = None
        while (method := self._method()) is not None:
            name, arguments = method
            argument = arguments[0] if arguments else ""
            if name == "split":
                items = list(text) if argument == "" else text.split(argument)
            elif name == "reverse" and items is not None:
                items.reverse()
            elif name == "join" and items is not None:
                text, items = argument.join(items), None
            elif name == "replace" and len(arguments) > 1:
                text = text.replace(argument, arguments[1], 1)[:LONGEST_VALUE]
        return text

    def _method(self) -> tuple[str, list[str]] | None:
        dot, name, parenthesis = self._peek(), self._peek(1), self._peek(2)
        if dot == ("sign", ".") and parenthesis == ("sign", "(") and name[1] in _METHODS:
            self._at += 3
            return name[1], self._arguments(")")
        return None

    def _arguments(self, end: str) -> list[str]:
        found: list[str] = []
        if self._depth >= DEEPEST:
            return found
        self._depth += 1
        limit = min(len(self._tokens), self._at + LONGEST_LIST)
        while self._at < limit and self._peek() not in (("sign", end), ("sign", ";")):
            kind, text = self._peek()
            if kind == "number":
                found.append(text)
                self._at += 1
                continue
            value = self._sum()
            if value is None:
                self._at += 1
            else:
                found.append(value)
        self._depth -= 1
        self._at += 1
        return found


def _called(name: str, arguments: list[str]) -> str:
    if name == "String.fromCharCode":
        codes = (int(code) for code in arguments if code.isascii() and code.isdigit() and len(code) < 8)
        return "".join(chr(code) for code in codes if code < 0x110000)
    if not arguments:
        return ""
    if name.endswith("atob"):
        try:
            return base64.b64decode(arguments[0], validate=False).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            return ""
    return unquote(arguments[0])
