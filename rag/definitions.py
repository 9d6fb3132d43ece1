"""Questions for what a word stands for, and the sentences that say it."""

import re

from rag.documents import CELL, NAME

TERM = r"(?P<term>[^\s?!.,]+?(?:\s[^\s?!.,]+?){0,3}?)"
SAID = r"(?:야|예요|에요|죠|지|인가요?|인지|입니까|이야|이에요|가요|데요?|임|니|냐|여|고)?"
ASKS = tuple(re.compile(pattern, re.IGNORECASE) for pattern in (
    rf"^{TERM}(?:이란|란|이라는\s?(?:게|건|것은|말은)|라는\s?(?:게|건|것은|말은)|이|가|은|는)?\s(?:대체\s|도대체\s|또\s|정확히\s)*(?:뭐|무엇|뭔|무슨\s?(?:뜻|말|의미|개념|용어)){SAID}(?:\s?(?:알려|설명해|말해)\S*(?:\s\S+)?)?[?!.~\s]*$",
    rf"^{TERM}(?:(?<!주)의|이라는|라는|이란|란)?\s(?:뜻|의미|정의|개념)(?:[은이가을를도]|이란)?(?:\s(?:좀|뭐|무엇|뭔|알려|설명해|말해|궁금)\S*(?:\s\S+)?)?[?!.~\s]*$",
    rf"^{TERM}이?란(?:\s(?:뭐|무엇)\S*)?[?!.~\s]*$",
    r"^what(?:\s(?:is|are|does)|'s)\s(?:an?\s|the\s)?(?P<term>\S+?(?:\s\S+?){0,2}?)(?:\s(?:mean|stand for))?[?!.\s]*$"))
GREETING = re.compile(r"^(?:안녕하세요|근데|그런데|혹시|저기)[,.!~]?\s+")
MEANS = re.compile(r"(?:뜻|의미|지칭|말)(?:한다|하며|하는|함|합니다)|가리(?:킨다|키는|킴|키며)|일컫|(?<![\d.%])(?<!\d[개명건원년월일만억천조])(?:이다|입니다|다는 것|하는 것|한 것|임|이며|으로|라고도)[^가-힣]*$|(?<=[가-힣])로서?,|(?:의\s)?(?:약자|준말|줄임말)")
MEANING = re.compile(r"뜻|의미|정의|개념|설명|내용|해설")  # a column that says it
CALLS = r"[을를이가]?\s?['\"‘“]?{}['\"’”]?(?:이?라(?:고|는)?|로|으로)\s?(?:도\s)?(?:한다|하며|부르|불[러리린]|칭한|칭하|일컫|이름)"
PHRASE, OPENING = re.compile(r"[A-Z][a-z]+(?:[\s-](?:[A-Z][a-z]*|of|and|in|the|for))+"), 60  # what an acronym stands for, and where
CALLED = re.compile(r"(?:뭐라고?|무엇이라고?|어떻게)\s?(?:부[르릅름]|불[러리립]|하(?=[나는죠지니더])|한대|해(?=요|\?|$)|합니까|할까|칭하|일컫)")  # asks for the name of what it describes
GLOSS = re.compile(r"^\W*(?:\[?\^\w+\]?:?\s*)?[^:.,]{1,24}:\s|^\W*\S[^.,]{0,24}이?란\s|[을를]\s(?:말한다|뜻한다|가리킨다|일컫는다|말함|뜻함|말합니다|뜻합니다)|이?라고\s?(?:도\s)?(?:한다|하며|부르|불[러리린]|칭)|(?:이름|명칭)은")
LEAST = 2  # characters of a term


def asked_to_define(question: str) -> str:
    """The word or name whose meaning is all that a question asks for: "PoC" of "PoC가 뭐야?"; empty for any other."""
    text = GREETING.sub("", question.strip())
    found = next((match for pattern in ASKS if (match := pattern.match(text))), None)
    return found["term"].strip("'\"‘’“”") if found and len(found["term"]) >= LEAST else ""


def defines(term: str, text: str) -> bool:
    """Whether a sentence, or a row that begins with the term and has a column for it, says what a term stands for: "개념증명(PoC)은 … 절차이다.", "PoC: …",
    "이를 PoC라고 한다"."""
    word = r"\s?".join(map(re.escape, re.sub(r"\s", "", term)))
    if CELL in text:
        first, *rest = (cell.partition(NAME) for cell in text.split(CELL))
        return bool(re.fullmatch(rf"(?:.*\(\s?)?{word}\s?(?:\(.*\)|\))?", first[2], re.IGNORECASE)) and any(MEANING.search(cell[0]) for cell in rest)
    if term.isupper() and any("".join(re.findall("[A-Z]", phrase)) == term for phrase in PHRASE.findall(text[:OPENING])):
        return True
    named = rf"^\W*(?:\^?\d+\]?:?\s*)?(?:[^.:]{{0,24}}[(（\s]\s?)?['\"‘“]?{word}['\"’”]?\s?(?:[)）]|[(（][^)）]*[)）])?\s?"
    if re.search(named + r"(?::|[=→]|이?란\s)", text, re.IGNORECASE) or re.search(CALLS.format(word), text, re.IGNORECASE):
        return True
    topic = re.search(named + r"(?:은|는)\s", text, re.IGNORECASE)
    return bool(topic and MEANS.search(text, topic.end()))


def asks_what_is_called(question: str) -> bool:
    """Whether a question describes a thing and asks for its name: "낡아 못 쓰게 된 기름을 뭐라고 불러?"."""
    return bool(CALLED.search(question))


def names(text: str) -> bool:
    """Whether a sentence gives a thing and its name: "열화: 기름이 늙는 일", "이를 열화라고 한다."."""
    return CELL not in text and bool(GLOSS.search(text))
