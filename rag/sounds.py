"""How a name sounds, roughly: the same for its Korean and its English spelling (코슬라, Khosla).

Consonants fall into the classes that Korean spelling of foreign names does not tell apart (외래어 표기법, 국립국어원 2017: k and
g are ㅋ, ㄱ or ㄲ; r and l are ㄹ), vowels into three, and the ㅡ that Korean puts between consonants is left out. J stands for
ㅈ and ㅊ, N for the sound of ng.
"""

import re
import unicodedata

INITIAL = dict(zip("ᄀᄁᄂᄃᄄᄅᄆᄇᄈᄉᄊᄋᄌᄍᄎᄏᄐᄑᄒ", "kknttlmppss-JJJktph", strict=True))
VOWEL = dict(zip("ᅡᅢᅣᅤᅥᅦᅧᅨᅩᅪᅫᅬᅭᅮᅯᅰᅱᅲᅳᅴᅵ", "aaaaaaaaoaaooo" "aaio-ii", strict=True))
FINAL = dict(zip("ᆨᆩᆫᆮᆯᆷᆸᆺᆻᆼᆽᆾᆿᇀᇁᇂ", "kkntlmpttNJJktph", strict=True))
LATIN = [(re.compile(pattern), sound) for pattern, sound in (
    ("[ts]ion", "san"), ("tch|ch|dge|j|z|(?<!g)g(?=[ei](?![rt]))", "J"), ("sch|sh", "s"), ("ph|v", "p"), ("ck|kh|cc|q", "k"), ("gh(?=t)", ""),
    ("th|dt|d", "t"), ("(?<=[aeiou])ng(?=$|[^aeiou])", "N"), ("^x", "s"), ("x", "ks"), ("s?c(?=[eiy])", "s"), ("[cg]", "k"),
    ("[bf]", "p"), ("r(?=$|[^aeiouyl])", ""), ("r", "l"), ("(?<=[^aeiou])e$", ""), ("eau|oo|ou|ow|ew|eu", "o"), ("ee|ea|ie|y", "i"),
    ("ai|ay|ae|ei|e", "a"), ("u", "o"), ("w|h(?=[^aeiou]|$)", ""))]
SHORTEST = 4  # consonants that tell a name without its vowels
NAMES = dict(zip(["에이", "비", "씨", "디", "이", "에프", "지", "에이치", "아이", "제이", "케이", "엘", "엠", "엔", "오", "피", "큐", "알", "에스", "티", "유", "브이", "더블유", "엑스", "와이", "제트"],
                 "abcdefghijklmnopqrstuvwxyz", strict=True))
LETTER = re.compile("|".join(sorted(NAMES, key=len, reverse=True)))
SPELT = re.compile(rf"(?<![가-힣])(?=[가-힣]{{3}})(?:{LETTER.pattern})+(?=[-\s]?\d)")  # of one or two syllables words are made too: "오이 2개"


def sound(word: str) -> str:
    """The sound of a word of Hangul or of Latin letters behind a "~"; "" where it is too short to tell names apart."""
    if re.fullmatch("[가-힣]{2,}", word):
        said = "".join(INITIAL.get(c) or VOWEL.get(c) or FINAL.get(c, "") for c in unicodedata.normalize("NFD", word)).replace("-", "")
    elif re.fullmatch("[A-Za-z]{3,}", word):
        said = word.lower()
        for pattern, spelt in LATIN:
            said = pattern.sub(spelt, said)
    else:
        return ""
    said = re.sub(r"(.)\1+", r"\1", said)
    consonants = re.sub("(?<=.)[aoi]", "", said)
    return f"~{consonants}" if len(consonants) >= SHORTEST else f"~{said}" if len(said) > 3 else ""


def spelt(word: str) -> tuple[str, ...]:
    """The letters whose Korean names a word is made of, or begins with: ("gpt",) of "지피티", ("lg", "유플러스")
    of "엘지유플러스"; the Korean and the Latin part of a word in both: ("오로라", "x") of "오로라x"."""
    if both := re.fullmatch("([가-힣]{2,})([a-z]+)|([a-z]+)([가-힣]{2,})", word):
        return tuple(filter(None, both.groups()))
    names = LETTER.findall(word)
    if len(names) > 1 and len(word) > 2 and "".join(names) == word:
        return ("".join(NAMES[name] for name in names),)
    rest = word.removeprefix("".join(names[:2]))  # a company's two letters
    return (NAMES[names[0]] + NAMES[names[1]], rest) if len(names) > 1 and rest != word and len(rest) > 1 else ()


def lettered(text: str) -> str:
    """A text with the Korean names of letters before a figure as letters: "GPT4" of "지피티4"."""
    return SPELT.sub(lambda run: "".join(NAMES[name] for name in LETTER.findall(run[0])).upper(), text)
