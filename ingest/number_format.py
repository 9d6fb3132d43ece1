"""Numbers and dates of a spreadsheet or chart as people see them: by the number format of their cell.

Thousands are not grouped; a format that is not understood shows the number as it is.
"""

import calendar
import datetime as dt
import math
import re
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

LITERAL = re.compile(r'"([^"]*)"|\\(.)|_.|\*.|\[\$([^\]-]*)[^\]]*\]|\[[^\]<>=]*\]')
DIGITS = re.compile(r"[0#?][0#?,]*(?:\.[0#?]*,*)?|\.[0#?]+,*")
MASK = "\x01"  # stands for a literal: no character of an XML file
DATE = re.compile(r'"([^"]*)"|\\(.)|_.|\*.|\[\$[^\]]*\]|(\[[hms]+\]|y+|m+|d+|h+|s+(?:\.0+)?|a{3,4}(?![/m])|am/pm|a/p)|\[[^\]]*\]|(.)',
                  re.IGNORECASE)
KOREAN = {"mm-dd-yy": "yyyy-mm-dd", "m/d/yy h:mm": "yyyy-mm-dd h:mm"}  # what these built-in formats are in Korea
LONG = {"[$-f800]": 'yyyy"년" m"월" d"일" aaaa', "[$-f400]": "[$-412]am/pm h:mm:ss"}  # the system's own
LARGE = 10 ** 15  # from here on a format shows digits that the number does not have


def shown(value: object, code: str | None) -> str:
    """A cell's value as its number format shows it."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, (int, float)):
        return _number(value, code or "General")
    if isinstance(value, dt.timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02}" + (f":{seconds % 60:02}" if "s" in (code or "s") else "")
    if isinstance(value, (dt.date, dt.time)):
        return _date(value, code or "yyyy-mm-dd")
    return "" if value is None else str(value)


def _number(value: float, code: str) -> str:
    if code == "General" or abs(value) >= LARGE or value != value:
        return _general(value)
    number, sections = Decimal(repr(value)), _sections(code)
    section = sections[0]
    if len(sections) > 1 and number < 0:
        section, number = sections[1], -number
    elif len(sections) > 2 and number == 0:
        section = sections[2]
    bare, literals = section
    if bare is None:
        return _general(value)
    restored = iter(literals)
    text = _filled(bare, number.scaleb(2 * bare.count("%")))
    return " ".join(re.sub(MASK, lambda _: next(restored), text).split())


@cache
def _sections(code: str) -> list[tuple[str | None, list[str]]]:
    """The sections of a number format, for numbers over, under and at zero: each with MASK for its literals, and these;
    None where it is not understood: scientific, a fraction, under a condition, of text."""
    sections: list[tuple[str | None, list[str]]] = []
    for section in re.findall(r'(?:"[^"]*"|\\.|[^;"])+|(?<=;)(?=;|$)', code) or ["General"]:
        literals = [literal[1] or literal[2] or literal[3] or "" for literal in LITERAL.finditer(section)]
        bare = LITERAL.sub(MASK, section)
        odd = re.search(r"\[[<>=]|[eE][+-]|[?#0] */ *[?#0]|@", bare)
        sections.append((None if odd else bare, literals))
    return sections


def _filled(bare: str, number: Decimal) -> str:
    """A section, its literals masked, with the number at its placeholders."""
    sign = "-" if number < 0 else ""
    runs = [*DIGITS.finditer(bare)]
    if "general" in bare.lower():
        return sign + re.sub("general", lambda _: _general(abs(float(number))), bare, flags=re.IGNORECASE)
    if not runs:
        return bare
    if len(runs) > 1:  # 000-0000-0000
        places = len(re.findall("[0#?]", bare))
        digits = str(abs(number).quantize(Decimal(1), ROUND_HALF_UP)).zfill(places)
        rest = iter([digits[:len(digits) - places + 1], *digits[len(digits) - places + 1:]])
        return sign + re.sub("[0#?]", lambda _: next(rest), bare)
    before, after = bare[:runs[0].start()], bare[runs[0].end():]
    whole, _, part = runs[0][0].rstrip(",").partition(".")
    number = number.scaleb(-3 * runs[0][0][len(whole) + len(part):].count(","))  # a comma at the end: in thousands
    units, _, decimals = f"{abs(number).quantize(Decimal(1).scaleb(-len(part)), ROUND_HALF_UP):f}".partition(".")
    while decimals.endswith("0") and part[len(decimals) - 1] != "0":
        decimals = decimals[:-1]
    return f"{sign}{before}{units.lstrip('0').zfill(whole.count('0'))}{'.' if decimals else ''}{decimals}{after}"


def _general(value: float) -> str:
    if isinstance(value, int) or value.is_integer() and abs(value) < LARGE:
        return str(int(value))
    return format(value, ".10G") if math.isfinite(value) else ""


def _date(value: dt.date | dt.time, code: str) -> str:
    code = code.split(";")[0]
    code = LONG.get(code[:8].lower()) or KOREAN.get(code.lower(), code)
    tokens = [(token[3].lower().strip("[]"), "") if token[3] else ("", token[1] or token[2] or token[4] or "")
              for token in DATE.finditer(code)]
    units = [unit for unit, _ in tokens if unit]
    halves = ("오전", "오후") if "[$-412]" in code else ("AM", "PM")
    parts, nth = [], 0
    for unit, literal in tokens:
        if unit in ("am/pm", "a/p"):
            literal = halves[getattr(value, "hour", 0) >= 12]
        elif unit in ("m", "mm") and ("h" in "".join(units[max(nth - 1, 0):nth]) or "s" in "".join(units[nth + 1:nth + 2])):
            literal = _padded(getattr(value, "minute", 0), unit)
        elif unit:
            literal = _unit(value, unit, "am/pm" in units or "a/p" in units)
        parts.append(literal)
        nth += bool(unit)
    text = " ".join("".join(parts).split())
    return re.sub(r"(?<=[\d.일]) 0?0:00(:00)?$", "", text)  # a date alone, stored with its midnight


def _unit(value: dt.date | dt.time, unit: str, half_days: bool) -> str:
    """A part of a date or time other than minutes; "" where the value has no such part."""
    name = {"y": "year", "m": "month", "d": "day", "h": "hour", "s": "second", "a": "day"}[unit[0]]
    part = getattr(value, name, None)
    if part is None:
        return ""
    if name == "day" and len(unit) > 2 and isinstance(value, dt.date):
        return "월화수목금토일"[value.weekday()] + "요일" * (len(unit) == 4)
    if name == "month" and len(unit) > 2:
        return (calendar.month_abbr if len(unit) == 3 else calendar.month_name)[part]
    if name == "year":
        return _padded(part if len(unit) > 2 else part % 100, "yy")
    return _padded(part % 12 or 12 if name == "hour" and half_days else part, unit.split(".")[0])


def _padded(part: int, unit: str) -> str:
    return f"{part:02}" if len(unit) > 1 else str(part)
