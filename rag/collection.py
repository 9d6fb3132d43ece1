"""What people ask of the collection rather than of a sentence in it: a greeting, what it can do, which reports there are,
what one of them says in short."""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from rag.answers import Answer, Citation, unnumbered
from rag.dialogue import POINTS_BACK
from rag.documents import Candidate, Hit, Passage
from rag.index import Snapshot
from rag.lexicon import alternatives
from rag.morphemes import content, morphemes, normalise
from rag.overview import NUMBERED, central, overview, own_summary, topics
from rag.sections import closing, section_of, within
from rag.wording import bullets, polite

LONGEST, SHOWN, SECTIONS, OWN, SIDES = 400, 10, 5, 3, 6  # characters of an answer, reports listed, sections of a short summary at most;
# statements of a report's own summary that are enough; reports compared where all are meant
POLITE = r"(?:좀|요|니|나요?|가요|까요?|야|냐|죠|지|음|어요?|줘요?|주세요|줄래요?|부탁해요?|부탁드려요|입니다|습니까)*"
REPORT = r"(?:보고서|자료|문서|파일|리포트)(?:들)?"
GREETING = re.compile(r"(?:안[녕뇽냥]|하이|여보세요|저기요|굿모닝|goodmorning|방가|테스트|test|ㅎㅇ|헬로우?|hello|hi|hey|반가워|반갑습니다|좋은아침)(?:하세요|하십니까|하신가요)?(?:여러분|챗?봇아?)?"
                      + POLITE + r"(?:[ㅋㅎㅇ]*(?:반가워|반갑습니다|안녕)" + POLITE + r"|처음.{0,12}|만나서.{0,10}|잘부탁.{0,8}|오늘.{0,10})?[ㅋㅎ]*|[ㅋㅎ]+")
FIRST = re.compile(r"^\s*(?:안[녕뇽냥]\S*|하이|헬로우?|hello|hi)[\s~!.,]+(?=\S)", re.IGNORECASE)  # before what is asked
THANKS = re.compile(r"(?:네+|넵|넹|예|응|오+|아+|와+|우와|대박)*(?:정말|너무|아주|진짜)?(?:고마[워웡웠]|고맙습니[다당]|감사(?:합니[다당]|함다|해[요용]?|드려요|드립니다|$)|땡큐|thanks?|thankyou|(?:ㄱㅅ)+|ㄳ|수고했어|알겠어|알겠습니다|오케이|okay|ok|"
                    r"수고하셨습니다|잘가|bye|goodbye|안녕히계세요|안녕히가세요)" + POLITE + r"(?:(?:잘봤|잘쓰|도움|많이|정말|덕분|수고|somuch|verymuch).{0,8}|[ㅎㅋㅠ]+)?")
HELP = re.compile(r"(?:이거|이건|여기서?|너는?|넌|네가|니가|당신은?|너)?(?:사용법|사용방법|쓰는법|도움말|헬프|help|설명서|"
                  r"어떻게(?:써|쓰|사용해|사용하|쓰는거)|(?:뭘|무엇을|뭐|무슨일을|어떤일을|어떤걸|무슨)?(?:할수있|해줄수있|도와줄수있|해주는거|하는거)|"
                  r"누구|뭐하는(?:애|놈|프로그램|챗?봇)|이름이?뭐|뭐)" + POLITE
                  + r"|whoareyou|whatdoyoudo|whatareyou|whatcani(?:ask|do)(?:you|here)?|whatcanyou(?:do|helpmewith|helpwith)|howdoiusethis|whatisthis")
ASKED = re.compile(r"[?]|뭐|뭔|무엇|무슨|어떤|어느|몇|어떻게|누구|있|목록|리스트|알려|보여|말해|what|which|how|list|show|give", re.IGNORECASE)
# a question of no other words asks for the list of reports, or what can be asked
REPORTS = frozenset(["보고서", "자료", "문서", "파일", "리포트", "레포트", "문헌", "report", "reports", "document", "documents", "file", "files"])
LISTED = REPORTS | frozenset(
    ["목록", "참고", "답", "답하다", "대답", "답변", "바탕", "기반", "토대", "근거", "만들다", "학습", "ask", "search", "뭐뭐", "리스트", "제목", "이름", "넣다", "놓다", "뽑다", "대한", "두다", "들다", "들어가다", "들어오다", "올리다", "올라오다", "올라가다", "들어있다", "담기다", "갖다", "가지다", "읽다", "저장", "등록", "업로드", "색인", "보유", "전체", "모두", "전부", "다", "지금", "현재", "여기", "너", "네", "나", "내", "우리", "개", "건", "편", "권", "종류", "보이다", "총", "list", "show", "all", "load", "loaded", "available", "title", "name", "index", "many"])
ABLE = frozenset(
    ["근거", "출처", "확인", "너", "네", "니", "당신", "나", "여기", "챗봇", "봇", "프로그램", "사용", "사용법", "방법", "이용", "기능", "쓰다", "도움말", "도움", "돕다", "도와주다", "도와", "물어보다", "물다", "묻다", "질문", "답하다", "대답", "답변", "답", "일", "이름", "정체", "줄", "가능", "가르치다", "시작", "처음", "오다", "되다", "help", "use", "ask", "question", "name", "manual", "매뉴얼", "가이드", "설명서", "잘하다", "해주다", "알아보다", "찾아보다", "찾다"])
SUMMARY = re.compile(r"[요여]약|요악|간추려|핵심\s?요점|줄거리|개요\s?(?:좀|를)|뭐에\s?관한|무엇에\s?관한|overview|핵심만|핵심내용|정리\s?(?:해|좀|부탁)|핵심\s?(?:포인트|사항|내용)|(?:\d|한|두|세|네|다섯)\s?줄(?:로|만)|무슨\s?내용|뭔\s?내용|내용\s?(?:좀|을)?\s?(?:알려|정리)|뭐\s?들어|summar\w*", re.IGNORECASE)
# asks for what a report says where all other words are of its name
CONTENTS = re.compile(r"내용|설명|소개|다루|다뤄|간략|간단|짧게|핵심|요점|뭐야|뭔가요|무엇인|about|explain|tell me", re.IGNORECASE)
# words that say nothing of which report is meant
ASIDE = {"줘", "꺼", "쓰다", "쓴거", "plz", "책", "포인트", "사항", "결론", "공통", "은", "인지", "달라다", "소개", "다루다", "요점", "주요", "무엇", "문", "explain", "여약", "요악", "줄", "이다", "거", "overview", "trend", "trends", "all", "요약", "간추리다", "핵심", "정리", "내용", "짧다", "간단", "간단히", "간략", "간략히", "부탁", "드리다", "보고서", "자료", "문서", "파일", "리포트", "세", "한", "들다", "듣다",
         "전체", "문장", "summarize", "summary", "report", "document", "briefly", "short"}
NUMBERING = re.compile(r"^(?:제?\d+(?:\.\d+)*[장절.)]?|[IVXⅠ-Ⅹ]+\.|[가-힣]\.)\s+")
DETAILED = re.compile(r"자세(?:히|하게|한)|상세(?:히|하게|한)?|꼼꼼(?:히|하게)|길게|(?:절|장|섹션|항목|부분|목차)\s?별(?:로)?|in detail|detailed", re.IGNORECASE)
COMPARED = re.compile(r"[을를]?\s*(?:(?:하나의\s?)?(표)로\s?)?(?:서로\s?)?(?:비교|대조|견줘|견주어|차이점?(?=[은는이가을를]?\s?(?:뭐|무엇|알려|말해|설명|$))|다른\s?점)\S*(.*)", re.DOTALL)
TOPIC = re.compile(r"\s*(.+?)\s?(?:에\s?(?:대해|대하여|관해|관하여)서?(?:는)?|[을를]\s(?:기준|중심)으로|(?:측면|관점)에서)(?=\s|$)\s*(.*)")
COMPARABLE = re.compile(r"(?:^|\s)(?:(두|세|네|다섯|\d+)\s?(?:개|편|건|가지)?의?|(여러|모든|전체|이|각|각각의))?\s?" + REPORT + r"(들)?(별로?|마다|끼리|간에?|사이에?)?(?:[을를의은는이가]|에서|에)?(?=\s|$)")
ASPECT = re.compile(r"\s(?:관련\s?)?(?:내용|부분|이야기|수치|숫자)(?:들)?[을를이가]?\s*$")
AND = re.compile(r"(?:와|과|랑|이랑|하고|,|및|그리고)\s+")
LINES = re.compile(r"(\d|한|두|세|네|다섯)\s?(?:줄|문장|가지|포인트|개(?=만|로|\s|$))(?:정도)?(?:으로|로|만|의)?|(\d|one|two|three|four|five) (?:lines?|sentences?|points?|bullets?)", re.IGNORECASE)
COUNTS = {"한": 1, "두": 2, "세": 3, "네": 4, "다섯": 5, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
SHORT, LONGER = 60, 0.6  # characters of a statement that leave room for others; what a longer one is worth
RESERVED = 80  # characters for it
CHOICE = 4  # statements of a section, of which one is told
BESIDES = "- 이 밖에 다루는 것: "
ASKED_OF = 20  # reports in which a part is looked for that is asked of none by name
TAIL = re.compile(r"(?<=[가-힣])[꺼거](?=\s|$)")  # "온새미증권꺼"
# asks who made a report, or when; and the line of its first page that says so
MADE = re.compile(r"누가|저자|작성자|집필자?|지은이|글쓴이|(?:만든|작성한?|펴낸|낸|발행한?|발간한?)\s?(?:사람|곳|데|기관|부서|회사|이|날짜?|일|시기)|발행(?:일|인|처|연도)|발간(?:일|인|처|연도)|작성일|언제\s?(?:쓴|나온|만든|작성|발행|발간|펴낸|만들|나왔|썼)")
WHEN_MADE = re.compile(r"언제|날짜|시기|연도|[행간성]일")
DAY = re.compile(r"(?:19|20|['’])\d\d\s?[.년-]\s?\d{1,2}\s?(?:[.월-]|$)")
BOLD = 7  # the level of a short line that is set off without being a heading
MAKER = re.compile(r"저자|지은이|글쓴이|만든\s?(?:사람|곳)|작성|집필|발행|발간|펴낸|연구진|편집")
BY = re.compile(r"(?:쓴|만든|낸|작성한|발행한|펴낸)\s?(?:거|것|책|글)")
FEW = 3  # words that tell of a report by whom it is, where nothing but its contents are asked for
OPENING = 1500  # characters in which a report says whose it is
MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")


@dataclass(frozen=True, slots=True)
class Whole:
    """What is asked of whole reports: a summary of one by its sections, or a comparison of several on a topic."""

    sources: tuple[str, ...]
    topic: str = ""


def respond(question: str, snapshot: Snapshot, sources: Sequence[str] = ()) -> Answer | Whole | None:
    """The answer to a question about the collection, or what it asks of whole reports; None for any other, which search is to
    answer."""
    started = time.perf_counter()
    text = normalise(question).strip()
    rest = FIRST.sub("", text)
    text = rest if rest and ASKED.search(rest) else text
    squeezed = re.sub(r"[\s\W_]+", "", text).lower()
    # what points back asks of the answer before
    words = set() if POINTS_BACK.search(text) and not text.startswith("여기") else set(content(morphemes([text])[0]))
    listing = ASKED.search(text) and words & REPORTS and words <= LISTED or text.split() == ["목록"]
    helping = HELP.fullmatch(squeezed) or words and words <= ABLE and ASKED.search(text)
    making = re.search(REPORT, text) and MADE.search(text)
    comparing = COMPARED.search(text) and COMPARABLE.search(text)
    summing = SUMMARY.search(text) or closing(text) or re.search(REPORT + "|report|document", text) and CONTENTS.search(text)
    said: tuple[str, tuple[Citation, ...]] | Whole | None
    if THANKS.fullmatch(squeezed):
        said = (
            "천만에요. 도움이 되었다니 다행입니다. 보고서에 관해 더 궁금한 것을 언제든 물어보세요.", ())
    elif not (GREETING.fullmatch(squeezed) or listing or helping or summing or comparing or making):
        return None
    else:
        there = snapshot.titles(sources)  # takes its time where there are thousands
        if GREETING.fullmatch(squeezed):
            said = f"안녕하세요. 보고서 {len(there)}건을 읽고 근거와 함께 답합니다. {_example(there)}", ()
        elif listing:
            said = _listed(f"보고서 {len(there)}건이 있습니다.", there), ()
        elif helping:
            said = (f"올려 둔 보고서 {len(there)}건에서 질문의 답을 찾아, 보고서의 문장을 근거로 보여 드립니다. 보고서 목록, 요약, 비교도 "
                    f"말씀하세요. 보고서에 없는 것은 없다고 답합니다. {_example(there)}"), ()
        else:
            said = (_made(text, snapshot, there) if making else None) or (_comparison(text, there) if comparing else None) or (_summary(text, snapshot, there) if summing else None)
    if said is None or isinstance(said, Whole):
        return said
    hits = {citation.passage.id: Hit(citation.passage, 1.0) for citation in said[1]}
    return Answer(question, question, said[0][:LONGEST], True, "extractive", said[1], tuple(hits.values()), None,
                  time.perf_counter() - started)


def _example(there: list[tuple[str, str]]) -> str:
    return f"예: \"{there[0][1][:40]} 요약해줘\"" if there else "먼저 보고서를 넣어 주세요: python -m ingest 보고서-폴더"


def _listed(lead: str, there: list[tuple[str, str]]) -> str:
    names = [title if Path(source).stem in title or len(title) > 60 else f"{title} ({Path(source).name})" for source, title in there]
    more = f"\n외 {len(names) - SHOWN}건" if len(names) > SHOWN else ""
    return "\n".join([lead, *bullets(names[:SHOWN], LONGEST - len(lead) - len(more) - 1)]) + more


def _summary(text: str, snapshot: Snapshot, there: list[tuple[str, str]]) -> tuple[str, tuple[Citation, ...]] | Whole | None:
    """A bullet for each of the main sections of the report that is meant, or all of it where details are asked for; a question
    back where that is not clear."""
    for number, month in enumerate(MONTHS, 1):
        text = re.sub(rf"\b{month}\b", f"{number}월", text, flags=re.IGNORECASE)
    asked = LINES.search(text)
    lines = SECTIONS if asked is None else COUNTS.get((asked[1] or asked[2]).lower()) or int(asked[1] or asked[2])
    of_report, section = bool(re.search(REPORT + "|report|document", text)), section_of(text)
    name = SUMMARY.sub(" ", DETAILED.sub(" ", LINES.sub(" ", text.replace(section, " ") if section else text)))
    name = TAIL.sub(" ", name)
    naming = _naming(name)
    any_will_do = of_report or bool(section) or not POINTS_BACK.search(text)
    meant = _meant(name, there, any_will_do and not naming) or (_meant(re.sub(r"\d+년?", " ", name), there, False) if section else [])  # "2025년 계획 부분"
    meant = meant or (_introduced(name, snapshot, there) if BY.search(text) or of_report and (SUMMARY.search(text) or len(naming) <= FEW) else [])
    meant = meant or [source for source, _ in there if section and NUMBERING.match(f"{section} ")]  # "제9장 취업과 진로": of any report
    if not meant:
        return None
    if section:
        part = _part(section, naming, {source: snapshot.passages_of(source) for source in meant[:ASKED_OF]}, there, lines)
        if part or not closing(text):  # what has no conclusion of that name has a summary
            return part
    if len(meant) > 1:
        return _listed("어느 보고서를 요약할까요? 이름을 넣어 다시 말씀하세요.", [pair for pair in there if pair[0] in meant]), ()
    if DETAILED.search(text):
        return Whole((meant[0],))
    passages = snapshot.passages_of(meant[0])
    chosen = [("", candidate) for candidate in own_summary(passages)[:lines]]
    if len(chosen) < min(lines, OWN):
        chosen = [(NUMBERING.sub("", group.heading)[:30], max(group.candidates, key=lambda c: c.score * (1 if len(c.text) <= SHORT else LONGER)))
                  for group in overview(passages, lines, CHOICE)]
    return _told(chosen, topics(passages, " ".join(head for head, _ in chosen)) if asked is None else ())


def _part(section: str, named: list[str], passages: Mapping[str, Sequence[Passage]], there: list[tuple[str, str]],
          lines: int) -> tuple[str, tuple[Citation, ...]] | None:
    """A part of the one report that has it, in as many bullets; a question back where several have it and no other word that is
    `named` stands in the heading of one, None where none has."""
    held = {source: part for source, own in passages.items() if (part := within(own, section))}
    headed = [source for source, part in held.items() if all(word in part[0].heading for word in named)]
    held = {headed[0]: held[headed[0]]} if len(headed) == 1 else held
    if len(held) > 1:
        return _listed(f"어느 보고서의 '{section}'을(를) 말씀하시나요? 이름을 넣어 다시 말씀하세요.", [pair for pair in there if pair[0] in held]), ()
    if not held:
        return None
    part = next(iter(held.values()))
    groups = overview(part, lines)
    if len(groups) < 2:
        chosen = sorted(central(part, section, lines), key=lambda c: (c.passage.start, c.sentence.start))
        return _told([("", candidate) for candidate in chosen])
    each = -(-lines // len(groups))
    return _told([(NUMBERING.sub("", group.heading)[:30], c) for group in groups for c in group.candidates[:each]][:lines])


def _told(chosen: Sequence[tuple[str, Candidate]], more: Sequence[Candidate] = ()) -> tuple[str, tuple[Citation, ...]] | None:
    """Sentences, each under its heading, as bullets with their markers; where there is room left the names of what `more` there is."""
    texts = [(f"{head}: " if head and head not in c.text else "") + polite(NUMBERED.sub("", c.text)) for head, c in chosen]
    shown = bullets(texts, LONGEST - 5 * len(chosen) - (RESERVED if more else 0))
    text = "\n".join(f"{unnumbered(line)} [{n}]" for n, line in enumerate(shown, 1))
    cited, topics = [c for _, c in chosen[:len(shown)]], list[str]()
    for candidate in more:
        topic = f"{unnumbered(NUMBERING.sub('', candidate.text)).strip()} [{len(shown) + len(topics) + 1}]"
        if len(text) + len(BESIDES) + sum(len(one) + 2 for one in topics) + len(topic) >= LONGEST:
            break
        topics.append(topic)
    if len(topics) > 1:
        text, cited = f"{text}\n{BESIDES}{', '.join(topics)}", [*cited, *more[:len(topics)]]
    return (text, tuple(Citation(n, c.passage, c.text, c.sentence.start, c.sentence.end) for n, c in enumerate(cited, 1))) if shown else None


def _made(text: str, snapshot: Snapshot, there: list[tuple[str, str]]) -> tuple[str, tuple[Citation, ...]] | None:
    """What the first pages of the reports that are meant say of who made them and when; None where they do not, or more is asked."""
    meant = _meant(re.sub(r"쓰다|썼\S*|나왔\S*|만들\S*|작성\S*|언제", " ", re.sub(rf"(?:{MADE.pattern})\S*", " ", text)), there, True)
    lines: list[tuple[str, Candidate]] = []
    for source, title in [pair for pair in there if pair[0] in meant][:OWN]:
        first = [Candidate(passage, sentence, 0.0, 0.0) for passage in snapshot.passages_of(source) if passage.start < OPENING
                 for sentence in passage.sentences if sentence.kind != "heading" or sentence.level == BOLD]
        told = [c for c in first if MAKER.search(c.text) and len(c.text) < LONGEST // 2]
        dated = [c for c in first if DAY.search(c.text) and len(c.text) < 60 and c not in told] if WHEN_MADE.search(text) or not told else []
        lines += [(title[:20] if len(meant) > 1 else "", c) for c in [*told, *dated][:2]]
    return _told(lines) if lines else None


def _naming(text: str) -> list[str]:
    """The words of a text that tell one report from another."""
    return [word for word in content(morphemes([text])[0]) if word not in ASIDE]


def _meant(text: str, there: list[tuple[str, str]], any_will_do: bool) -> list[str]:
    """The reports whose names hold the words of a text, those most that share most of it; all, if they will do, where it names
    none."""
    names = {source: f"{title} {Path(source).name}".lower() for source, title in there}
    wanted = {spaced: words for spaced in text.split() if (words := _naming(spaced))}
    same = alternatives([word for words in wanted.values() for word in words])
    said = re.sub(r"[\W_]+", "", text).lower()
    titles = {source: re.sub(r"[\W_]+", "", title).lower() for source, title in there}
    alike = {source: SequenceMatcher(None, said, title, autojunk=False).find_longest_match().size for source, title in titles.items()}
    meant = [source for source, name in names.items() if alike[source] >= max(6, 0.6 * len(titles[source])) or all(
        _named(spaced.lower(), name) or all(_named(word, name) or any(all(_named(part, name) for part in term) for term in same.get(word, ())) for word in words)
        for spaced, words in wanted.items())]
    if not meant or not wanted:
        return meant if any_will_do else []
    return [source for source in meant if alike[source] == max(alike[one] for one in meant)]


def _introduced(text: str, snapshot: Snapshot, there: list[tuple[str, str]]) -> list[str]:
    """The reports whose first lines hold all nouns of a text: who made it, when, for whom."""
    words = {word for word in _naming(text) if not word.endswith("다")}
    if not words or snapshot.caches is None:
        return []
    held: dict[str, set[str]] = {}
    for passage in snapshot.load(snapshot.caches.matches({"body": dict.fromkeys(words, 1.0)}, {"body": 1.0}, 100, None)).values():
        if passage.start < OPENING:
            held.setdefault(passage.source, set()).update(*(words.intersection(sentence.morphemes) for sentence in passage.sentences))
    return [source for source, _ in there if held.get(source) == words]


def _comparison(text: str, there: list[tuple[str, str]]) -> tuple[str, tuple[Citation, ...]] | Whole | None:
    """The reports and the topic of "두 보고서를 반도체에 대해 비교해줘"; a question back where they are not clear; None where something
    else is compared."""
    compared = COMPARED.search(text)
    head = text[:compared.start()] if compared else ""
    last = [*COMPARABLE.finditer(head)][-1:]
    if compared is None or not last or last[0][4] and not compared[1]:  # "보고서별로 비교해줘" is a question, "표로" is not
        return None
    names, count, topic = head[:last[0].start()], last[0][1], head[last[0].end():]
    if about := TOPIC.fullmatch(topic):
        topic = about[1]
    elif not topic.strip() and (about := TOPIC.match(names)):
        topic, names = about[1], about[2]
    named = [meant[0] for part in AND.split(names) if part.strip() and len(meant := _meant(part, there, False)) == 1]
    chosen = tuple(dict.fromkeys(named))
    if len(chosen) < 2:
        if not any(last[0].groups()):
            return None
        chosen = tuple(source for source, _ in there)
        if len(chosen) < 2 or len(chosen) > SIDES or count and (COUNTS.get(count) or int(count)) != len(chosen):
            return _listed("어느 보고서를 비교할까요? 이름을 넣어 다시 말씀하세요.", there), ()
    topic = ASPECT.sub("", topic).strip(" ,.") or ("" if named else names.strip(" ,."))  # "직원 수, 두 자료 수치를 비교해줘"
    return Whole(chosen, topic) if content(morphemes([topic])[0]) else ("무엇을 비교할까요? 예: 두 보고서를 시장 규모에 대해 비교해줘", ())


def _named(word: str, name: str) -> bool:
    """Whether a word stands in the name of a report; a number by itself, not within another."""
    word = word.removesuffix("다") if len(word) > 2 else word
    return bool(re.search(rf"(?<!\d){word}(?!\d)", name)) if word.isdigit() else word in re.sub(r"[\W_]+", "", name)
