"""Quantities and instants: text to exact numbers and back, never through a double."""

import json
import re
from fractions import Fraction

BILLION = 1_000_000_000
NANOSECONDS = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": BILLION, "min": 60 * BILLION, "m": 60 * BILLION,
               "h": 3600 * BILLION, "d": 86_400 * BILLION}
PART = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)\s*([A-Za-z]+)")
INSTANT = re.compile(r"^(-?)([0-9]+)(?:\.([0-9]{1,9}))?$")


def plain(value):
    """The text of a quantity, which may be written {"value", "label", "source"}."""
    if isinstance(value, dict) and "value" in value:
        return value["value"]
    return value


def duration(value):
    """Nanoseconds of "28 ms", "5m", "1h30m"; a fraction of a nanosecond is rounded to the nearest."""
    text = str(plain(value)).strip()
    total, at = Fraction(0), 0
    while at < len(text):
        part = PART.match(text, at)
        if part is None or part.group(2) not in NANOSECONDS:
            raise ValueError(f"not a duration: {text!r}")
        total += Fraction(part.group(1)) * NANOSECONDS[part.group(2)]
        at = part.end()
    if at == 0:
        raise ValueError("an empty duration")
    return nearest(total)


def share(value):
    """A Fraction of 1 from "99.99 %", "0.5" or 0.5."""
    text = str(plain(value)).strip()
    if text.endswith("%"):
        return Fraction(text[:-1].strip()) / 100
    return Fraction(text)


def nearest(value):
    """The integer nearest to a Fraction, a half upwards."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def instant(text):
    """Nanoseconds of a CSV's seconds with up to nine decimals; None for an empty field."""
    text = text.strip()
    if text in ("", "inf", "infinity"):
        return None
    found = INSTANT.match(text)
    if found is None:
        raise ValueError(f"not a time in seconds: {text!r}")
    sign, whole, decimals = found.groups()
    value = int(whole) * BILLION + int((decimals or "").ljust(9, "0"))
    return -value if sign else value


def seconds(nanoseconds):
    """The text with nine decimals, None for None, "infinity" as it is."""
    if nanoseconds is None or nanoseconds == "infinity":
        return nanoseconds
    sign = "-" if nanoseconds < 0 else ""
    return f"{sign}{abs(nanoseconds) // BILLION}.{abs(nanoseconds) % BILLION:09d}"


def without_comments(text):
    """JSON text whose // and /* */ comments have become blanks; strings stay as they are."""
    pieces = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
    return pieces.sub(lambda found: found.group() if found.group().startswith('"') else " ", text)


def read_json(path):
    with open(path, encoding="utf-8") as file:
        return json.loads(without_comments(file.read()))
