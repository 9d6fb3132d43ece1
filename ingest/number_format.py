"""Numbers and dates of a spreadsheet or chart as people see them: by the number format of their cell.

Thousands are not grouped; a format that is not understood shows the number as it is.
"""

import calendar
import datetime as dt
import re
from decimal import ROUND_HALF_UP, Decimal

LITERAL = re.compile(r'"([^"]*)"|\\(.)|_.|\*.|\[\$([^\]-]*)[^\]]*\]|\[[^\]<>=]*\]')
DIGITS = re.compile(r"[0#?][0#?,]*(?:\.[0#?]*)?(,*)|\.[0#?]+(,*)")
DATE = re.compile(r'"([^"]*)"|\\(.)|_.|\*.|\[\$[^\]]*\]|(\[[hms]+\]|y+|m+|d+|h+|s+(?:\.0+)?|a{3,4}(?![/m])|am/pm|a/p)|\[[^\]]*\]|(.)',
                  re.IGNORECASE)
LOCAL = {"mm-dd-yy": "yyyy-mm-dd", "m/d/yy h:mm": "yyyy-mm-dd h:mm"}  # what these built-in formats are in Korea
WEEKDAYS = "월화수목금토일"


def shown(value: object, code: str | None) -> str:
    """A cell's value as its number format shows it."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return _number(value, code or "General")
    if isinstance(value, dt.timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02}" + (f":{seconds % 60:02}" if "s" in (code or "s") else "")
    if isinstance(value, dt.date | dt.time):
        return _date(value, code or "yyyy-mm-dd")
    return "" if value is None else str(value)


def _number(value: float, code: str) -> str:
    number = Decimal(repr(value))
    if not number.is_finite():
        return ""
    sections = re.findall(r'(?:"[^"]*"|\\.|[^;"])+|(?<=;)(?=;|$)', code) or ["General"]
    section = sections[0]
    if len(sections) > 1 and number < 0:
        section, number = sections[1], -number
    elif len(sections) > 2 and number == 0:
        section = sections[2]
    if re.search(r"\[[<>=]|[eE][+-]|[?#0] */ *[?#0]|@", LITERAL.sub(" ", section)):
        return _general(value)
    kept: list[str] = []

    def keep(literal: re.Match) -> str:
        kept.append(literal[1] or literal[2] or literal[3] or "")
        return f"\0{len(kept) - 1}\0"  # digits in a literal are not placeholders

    bare = re.sub("\0(\\d+)\0", lambda n: chr(0xE000 + int(n[1])), LITERAL.sub(keep, section))
    percent = bare.count("%")
    number = number.scaleb(2 * percent)
    text, runs = _fill(bare, number, value)
    sign = "-" if number < 0 and runs else ""
    return sign + " ".join(re.sub("[\ue000-\uf8ff]", lambda c: kept[ord(c[0]) - 0xE000], text).split())


def _fill(bare: str, number: Decimal, value: float) -> tuple[str, int]:
    """A section with its placeholders filled, without the sign, and how many there were."""
    runs = [*DIGITS.finditer(bare)]
    if "general" in bare.lower():
        return re.sub("general", lambda _: _general(abs(value)), bare, flags=re.IGNORECASE), 1
    if len(runs) > 1:  # 000-0000-0000
        places = re.findall("[0#?]", bare)
        digits = str(abs(number).quantize(Decimal(1), ROUND_HALF_UP)).zfill(len(places))
        rest = iter([digits[:len(digits) - len(places) + 1], *digits[len(digits) - len(places) + 1:]])
        return re.sub("[0#?]", lambda _: next(rest), bare), len(runs)
    for run in runs:
        whole, _, part = run[0].partition(".")
        number = number.scaleb(-3 * len(run[1] or run[2] or ""))
        rounded = abs(number).quantize(Decimal(1).scaleb(-len(part.rstrip(","))), ROUND_HALF_UP)
        units, _, decimals = f"{rounded:f}".partition(".")
        while decimals and part.rstrip(",")[len(decimals) - 1] != "0" and decimals[-1] == "0":
            decimals = decimals[:-1]
        units = units.lstrip("0").zfill(whole.count("0"))
        return bare[:run.start()] + units + ("." + decimals if decimals else "") + bare[run.end():], 1
    return bare, 0


def _general(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else format(value, ".10G")


def _date(value: dt.date | dt.time, code: str) -> str:
    code = LOCAL.get(code.lower(), code).split(";")[0]
    tokens = [*DATE.finditer(code)]
    units = [token[3].lower().strip("[]") if token[3] else "" for token in tokens]
    named = [unit for unit in units if unit]
    shown, nth = "", 0
    for token, unit in zip(tokens, units, strict=True):
        if unit:
            minute = unit in ("m", "mm") and (named[nth - 1:nth] and named[nth - 1][0] == "h"
                                              or named[nth + 1:nth + 2] and named[nth + 1][0] == "s")
            shown += _unit(value, "min" + unit if minute else unit, "am/pm" in named or "a/p" in named)
            nth += 1
        else:
            shown += token[1] or token[2] or token[4] or ""
    shown = re.sub(r"(?<=\d)\D? 0?0:00(:00)?$", "", shown)  # a date alone, stored with its midnight
    return " ".join(shown.split())


def _unit(value: dt.date | dt.time, unit: str, noon: bool) -> str:
    """One part of a date or time; a part that the value lacks is left out."""
    if unit[0] == "a" and "/" in unit:
        return ("오전", "오후")[getattr(value, "hour", 0) >= 12]
    name = {"y": "year", "m": "month", "d": "day", "h": "hour", "s": "second", "a": "day"}[unit[0]]
    if unit.startswith("min"):
        name, unit = "minute", unit[3:]
    part = getattr(value, name, None)
    if part is None:
        return "" if isinstance(value, dt.time) else "0" * len(unit)
    if name == "day" and len(unit) > 2:
        assert isinstance(value, dt.date)
        return WEEKDAYS[value.weekday()] + ("요일" if len(unit) == 4 else "")
    if name == "month" and len(unit) > 2:
        return (calendar.month_abbr if len(unit) == 3 else calendar.month_name)[part]
    if name == "year":
        return f"{part:04}" if len(unit) > 2 else f"{part % 100:02}"
    if name == "hour" and noon:
        part = part % 12 or 12
    return f"{part:0{2 if len(unit.split('.')[0]) > 1 else 1}}"
