"""The words of an extractive answer: a report's sentences, table rows and lists as polite Korean, no fact changed."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from itertools import takewhile
from typing import Any

from rag.morphemes import bigrams, kiwi, morphemes
from rag.sentences import spans

# an ending within one of these is somebody else's
PAIRS = (("“", "”"), ("‘", "’"), ("(", ")"), ("[", "]"), ("「", "」"), ("『", "』"), ("《", "》"))
END = re.compile(r"(.*[가-힣%])(\s?\([^()]*\))?([.!。]?)", re.DOTALL)
BOX = re.compile(r"(?:보관|투표|개표|수거|모금|사물|수납|저장|접수|분류)함$")  # nouns that look like "…하다"
EXACT = re.compile(r"(?<![\d.,제])\d[\d,.]*\s?[조억만천백십여]*\s?"
                   r"(?:원|달러|유로|위안|엔|명|개|건|대|배|곳|톤|가구|퍼센트|%)\s?(?:이상|이하|미만|초과|내외|수준)?$")
BUSY = {"추진", "검토", "진행", "논의", "개발", "시행", "운영", "협의", "조사", "준비", "확대", "심사", "건설", "시험", "연구", "구축"}
SUPPOSED = {"전망", "예상", "추정", "예측", "관측", "기대", "판단", "분석", "평가"}  # "…것으로 전망"

COUNTED = "개|원|명|대|건|배|장|년|톤|달러|퍼센트|%p|%|회|점|시간|분|초|엔|위안|유로|인|가구|곳|편|권|위|㎡|km|kg|GB|MW"
UNIT = re.compile(rf"(.+?)\s*[(\[](?:단위\s*:?\s*)?([조억만천백십]*)\s?({COUNTED}|(?<=[조억만천]))[)\]]")
NUMBER = re.compile(r"[-+△▲▼]?\s?\d[\d,.]*(?:\s?[~∼–-]\s?\d[\d,.]*)?")
COUNTER = {"번호", "순번", "연번", "no", "no.", "#"}
ROOM = 250  # characters of a row that is shown whole


def polite(text: str) -> str:
    """A sentence, several, or a fragment as polite Korean: "늘었다." -> "늘었습니다.", "예정임" -> "예정입니다.".

    Only the ending of a sentence changes; what is polite, quoted, asked or not understood stays as it is.
    """
    lines = []
    for line in text.split("\n"):
        parts, end = [], 0
        for start, stop in spans(line):
            quoted = any(line.count(a, 0, stop) > line.count(b, 0, stop) for a, b in PAIRS) or line.count('"', 0, stop) % 2
            parts += [line[end:start], line[start:stop] if quoted else _polite(line[start:stop])]
            end = stop
        lines.append("".join(parts) + line[end:])
    return "\n".join(lines)


def _polite(sentence: str) -> str:
    match = END.fullmatch(sentence)
    if not match or unicodedata.normalize("NFD", match[1]).endswith(unicodedata.normalize("NFD", "ᆸ니다")):
        return sentence
    body, note, sign = match[1], match[2] or "", match[3]
    if re.search(r", ?\d{4}\)$", note):  # a title, its author and year
        return sentence
    cut, ending = _ending(body, bool(sign))
    if not ending or len(body) == 1 or not re.fullmatch("[가-힣]{0,6}", body[cut:]):  # more than one Korean word
        return sentence
    return body[:cut] + ending + note + (sign or ".")


def _ending(body: str, closed: bool) -> tuple[int, str]:
    """Where the ending of a sentence without its full stop starts, and the polite one; "" where there is none."""
    offset = body.rfind(" ", 0, max(len(body) - 40, 0)) + 1
    if len(body) - offset > 90:  # no words of a language
        return 0, ""
    tokens = kiwi().tokenize(body[offset:])
    last = tokens[-1]
    if last.tag not in ("EF", "EC", "ETN") or last.form not in ("다", "ᆫ다", "는다", "ᆷ", "음") or BOX.search(body):
        return len(body), _fragment(body, tokens)
    tenses = list(takewhile(lambda token: token.tag == "EP", reversed(tokens[:-1])))[::-1]
    rest = tokens[:len(tokens) - 1 - len(tenses)]
    if not rest:
        return 0, ""
    stem, before = rest[-1], rest[-2].tag if len(rest) > 1 else ""
    start, family = offset + stem.start, stem.tag[:2]
    attributive = before in ("JKG", "ETM", "MM")  # "중국의 판다", "큰 어려움": a noun after all
    name = before.startswith("N") and (family == "VV" or stem.tag.endswith("-I")) or family == "VV" and last.tag == "ETN"
    if family in ("VV", "VA", "VX", "VC") and stem.tag != "VCP" and (attributive or name and last.form in ("ᆷ", "음")):
        return 0, ""
    if tenses and tenses[-1].form in ("었", "았", "였", "겠"):
        return len(body) - 1, "습니다" if body.endswith(("다", "음")) else ""
    if stem.tag == "VCP" and rest[-2:][0].form not in ("거", "게"):
        return start, "입니다" if body[start:] in ("이다", "임") or (body[start:] == "다" and closed) else ""
    if family not in ("VV", "VA", "VX", "VC", "XS"):
        return 0, ""
    kept = [(token.form, token.tag) for token in [stem, *tenses]]
    if kiwi().join([*kept, (last.form, "EF")]) != body[start:]:
        return 0, ""
    return start, kiwi().join([*kept, ("ᆸ니다", "EF")])


def _fragment(body: str, tokens: Sequence[Any]) -> str:
    """What makes a sentence of a fragment that ends in a noun: "입니다", "됩니다", "합니다", or "" where it would not."""
    forms, tags = [token.form for token in tokens], ["", "", *(token.tag for token in tokens)]
    before, last = tags[-2], forms[-1]
    if last in SUPPOSED and forms[-3:-1] == ["것", "으로"]:
        return "됩니다"
    if last in ("필요", "가능", "불가", "중요") and before in ("JKS", "JX") and tags[-3] != "JKB":
        return "합니다"
    done = last == "예정" and (before == "ETM" or before == "NNG" and len(tokens) > 3)
    done |= last in ("전망", "계획", "방침", "추세", "상황", "수준", "편") and before == "ETM" and tags[-3][:1] in "VX"
    done |= last == "것" and forms[-2:-1] != [] and forms[-2].endswith(("다는", "라는"))
    done |= last == "때문" and before in ("ETN", "NNG", "NNB")
    done |= last == "중" and len(forms) > 2 and forms[-2] in BUSY
    exact = EXACT.search(body)
    clause = {"JKO", "EC", "EF", "ETM"} & set(tags)
    done |= bool(exact and not clause and "\t" not in body and re.search("[가-힣]", body[:exact.start()]))
    return "입니다" if done else ""


def particle(word: str, with_final: str, without_final: str) -> str:
    """The one of two particles that follows a word as it is read aloud: particle("2040", "은", "는") is "은"."""
    read = re.sub(r"\s*\([^()]*\)\s*$", "", word).rstrip("\"'’”」』》)] .")
    digits, letters = re.search(r"[\d,.]*\d$", read), re.search(r"(\d\s?)?([A-Za-z]+)$", read)
    final = ""
    if "가" <= read[-1:] <= "힣":
        code = (ord(read[-1]) - ord("가")) % 28
        final = {0: "", 8: "ㄹ"}.get(code, "ㄱ")
    elif digits:
        zeros = len(digits[0].replace(",", "")) - len(digits[0].replace(",", "").rstrip("0"))
        trillions = zeros >= 12 and "." not in digits[0]  # 조
        final = {"0": "" if trillions else "ㄱ", "3": "ㅁ", "6": "ㄱ"}.get(read[-1], "ㄹ" if read[-1] in "178" else "")
    elif letters and letters[1]:  # a unit: kg, GB, km
        final = "ㅁ" if letters[2].endswith("g") else ""
    elif letters:
        spoken = re.search(r"(?:[LR]|(?<![A-Z])[lL]|[^aeiouAEIOU]le|[aeiou]l)$|([MN]|[mn]|ng|[mn]e|[aeiou](?:[pck]|ck)|[aeo]t)$",
                           letters[2])
        final = ("ㅁ" if spoken[1] else "ㄹ") if spoken else ""
    return with_final if final and not (with_final == "으로" and final == "ㄹ") else without_final


def row(cells: Sequence[tuple[str, str]], asked: Collection[str]) -> str:
    """A table row of (column, value) pairs as a sentence about its first cell: the columns that `asked`, the content
    words of the question, names, or all that fit where it names none."""
    pairs = [_with_unit(name.strip(), value.strip()) for name, value in cells if value.strip()]
    if not pairs:
        return ""
    subject, rest = "", pairs
    if cells[0][1].strip():
        if len(pairs) > 2 and pairs[0][0].lower() in COUNTER:
            pairs = pairs[1:]
        (name, subject), rest = pairs[0], pairs[1:]
        if not rest:
            return f"{name}{particle(name, '은', '는')} {subject}입니다." if name and _noun(subject) else polite(subject)
        if subject.isdecimal():
            year = len(subject) == 4 and "년" in name + "년" * name.endswith("연도")
            subject = f"{subject}년" if year else f"{name} {subject}".strip()
    numbers = {number for name, _ in rest for number in re.findall(r"\d+", name)} & set(asked)
    named = [pair for pair in rest if _named(pair[0], asked) and (not numbers or numbers & set(re.findall(r"\d+", pair[0]))
                                                                  or not re.search(r"\d", pair[0]))]
    if named:
        wanted = {*asked} - {*morphemes([subject])[0]}  # the others name the row
        names, values = ([len(wanted.intersection(words)) for words in morphemes(texts)] for texts in zip(*rest, strict=True))
        most = max(held for pair, held in zip(rest, names, strict=True) if pair in named)
        chosen = [pair for pair, held in zip(rest, values, strict=True)
                  if pair in named or (len(pair[1]) <= 30 and pair[1].lower() in asked) or held >= max(most, 1)]
    else:
        chosen, length = [], len(subject)
        for pair in rest:
            length += len(" ".join(pair)) + 4
            if length <= ROOM or not chosen:
                chosen.append(pair)
    if not all(name and _noun(value) for name, value in chosen) or (subject and not _noun(subject)):
        comma = "; " if any(", " in value for _, value in chosen) else ", "
        shown = comma.join(f"{name} {value}".strip() for name, value in chosen)
        if len(chosen) == 1 and chosen[0][0] and " " in chosen[0][1]:
            name, value = chosen[0]
            return f"{subject}의 {name}: {polite(value)}" if subject else f"{name}: {polite(value)}"
        return f"{subject}: {shown}" if subject else shown
    if len(chosen) == 1 and subject:
        name, value = chosen[0]
        return f"{subject}의 {name}{particle(name, '은', '는')} {value}입니다."
    last = ("이", "가") if subject else ("은", "는")
    said = ", ".join(f"{name}{particle(name, *last)} {value}" for name, value in chosen)
    return f"{subject}{particle(subject, '은', '는')} {said}입니다." if subject else f"{said}입니다."


def _with_unit(name: str, value: str) -> tuple[str, str]:
    """A unit that stands in the column's name goes to the number: 파라미터(억개) 5,400 -> 파라미터 5,400억 개."""
    unit = UNIT.fullmatch(name)
    if not unit or not NUMBER.fullmatch(value):
        return name, value
    return unit[1], f"{value}{unit[2]}{' ' if unit[2] and unit[3] else ''}{unit[3]}"


def _named(column: str, asked: Collection[str]) -> bool:
    """Whether the words asked for hold at least half of the character pairs of a column's name."""
    pairs = set(bigrams(re.sub(r"\d", " ", re.sub(r"\([^()]*\)", "", column))))
    if not pairs:
        return column.lower() in asked
    return 2 * len(pairs & set(bigrams(" ".join(asked)))) >= len(pairs)


def _noun(value: str) -> bool:
    """Whether "입니다" can follow a value: it is short, and no sentence, clause or list."""
    bare = re.sub(r"\s*\([^()]*\)$", "", value)
    if len(value) > 80 or not re.search(r"[\w%)℃²]$", bare) or re.search(r"[.!?:;] ", value):
        return False
    return kiwi().tokenize(bare)[-1].tag[0] not in "JE"


def bullets(items: Sequence[str], limit: int) -> list[str]:
    """The items as lines "- …" that make at most `limit` characters with their line breaks; the longest are cut first,
    and items are left out at the end only where six characters of each do not fit."""
    texts = [text for item in items if (text := re.sub(r"^[-–•·▪■□○●※]\s+", "", " ".join(item.split())))]
    while texts:
        room, share = limit - 3 * len(texts) + 1, 0
        for left, length in zip(range(len(texts), 0, -1), sorted(map(len, texts)), strict=True):
            share = min(room // left, length)
            if share < length:
                break
            room -= length
        if share >= min(6, max(map(len, texts))):
            return [f"- {_shortened(text, share)}" for text in texts]
        texts.pop()
    return []


def _shortened(text: str, limit: int) -> str:
    """The text, or its first words and "…"."""
    if len(text) <= limit:
        return text
    cut = text.rfind(" ", 0, limit)
    return text[:cut if cut > limit // 2 else limit - 1].rstrip(" ,·:;(") + "…"
