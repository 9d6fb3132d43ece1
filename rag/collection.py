"""What people ask of the collection rather than of a sentence in it: a greeting, what it can do, which reports there are,
what one of them says in short."""

import re
import time
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from pathlib import Path

from rag.answers import Answer, Citation
from rag.dialogue import POINTS_BACK
from rag.documents import Hit, Passage, Sentence
from rag.index import Snapshot
from rag.lexicon import alternatives
from rag.morphemes import content, morphemes, normalise
from rag.wording import bullets, polite

LONGEST, SHOWN, SECTIONS, OWN = 400, 10, 5, 3  # characters of an answer, reports listed, sections of a summary at most; statements of
# a report's own summary that are enough
POLITE = r"(?:좀|요|니|나요?|가요|까요?|야|냐|죠|지|음|어요?|줘요?|주세요|줄래요?|부탁해요?|부탁드려요|입니다|습니까)*"
REPORT = r"(?:보고서|자료|문서|파일|리포트)(?:들)?"
GREETING = re.compile(r"(?:안[녕뇽냥]|하이|여보세요|저기요|굿모닝|goodmorning|방가|테스트|test|ㅎㅇ|헬로우?|hello|hi|hey|반가워|반갑습니다|좋은아침)(?:하세요|하십니까|하신가요)?(?:여러분|챗?봇아?)?"
                      + POLITE + r"(?:[ㅋㅎㅇ]*(?:반가워|반갑습니다|안녕)" + POLITE + r"|처음.{0,12}|만나서.{0,10}|잘부탁.{0,8}|오늘.{0,10})?[ㅋㅎ]*|[ㅋㅎ]+")
FIRST = re.compile(r"^\s*(?:안[녕뇽냥]\S*|하이|헬로우?|hello|hi)[\s~!.,]+(?=\S)", re.IGNORECASE)  # before what is asked
THANKS = re.compile(r"(?:정말|너무|아주)?(?:고마워|고맙습니다|감사(?:합니다|해요?|드려요|드립니다)?|땡큐|thanks?|thankyou|ㄱㅅ|ㄳ|수고했어|알겠어|알겠습니다|오케이|okay|ok|"
                    r"수고하셨습니다|잘가|bye|goodbye|안녕히계세요|안녕히가세요)" + POLITE + r"(?:잘봤|잘쓰|도움|많이|정말|somuch|verymuch)?.{0,8}")
HELP = re.compile(r"(?:이거|이건|여기서?|너는?|넌|네가|니가|당신은?|너)?(?:사용법|사용방법|쓰는법|도움말|헬프|help|설명서|"
                  r"어떻게(?:써|쓰|사용해|사용하|쓰는거)|(?:뭘|무엇을|뭐|무슨일을|어떤일을|어떤걸|무슨)?(?:할수있|해줄수있|도와줄수있|해주는거|하는거)|"
                  r"누구|뭐하는(?:애|놈|프로그램|챗?봇)|이름이?뭐|뭐)" + POLITE
                  + r"|whoareyou|whatdoyoudo|whatareyou|whatcani(?:ask|do)(?:you|here)?|whatcanyou(?:do|helpmewith|helpwith)|howdoiusethis|whatisthis")
ASKED = re.compile(r"[?]|뭐|뭔|무엇|무슨|어떤|어느|몇|어떻게|누구|있|목록|리스트|알려|보여|말해|what|which|how|list|show|give", re.IGNORECASE)
# a question of no other words asks for the list of reports, or what can be asked
REPORTS = frozenset(["보고서", "자료", "문서", "파일", "리포트", "레포트", "문헌", "report", "reports", "document", "documents", "file", "files"])
LISTED = REPORTS | frozenset(
    ["목록", "참고", "ask", "search", "뭐뭐", "리스트", "제목", "이름", "넣다", "놓다", "두다", "들다", "들어가다", "들어오다", "올리다", "올라오다", "올라가다", "들어있다", "담기다", "갖다", "가지다", "읽다", "저장", "등록", "업로드", "색인", "보유", "전체", "모두", "전부", "다", "지금", "현재", "여기", "너", "네", "나", "내", "우리", "개", "건", "편", "권", "종류", "보이다", "총", "list", "show", "all", "load", "loaded", "available", "title", "name", "index", "many"])
ABLE = frozenset(
    ["근거", "출처", "확인", "너", "네", "니", "당신", "나", "여기", "챗봇", "봇", "프로그램", "사용", "사용법", "방법", "이용", "기능", "쓰다", "도움말", "도움", "돕다", "도와주다", "도와", "물어보다", "물다", "묻다", "질문", "답하다", "대답", "답변", "답", "일", "이름", "정체", "줄", "가능", "가르치다", "시작", "처음", "help", "use", "ask", "question", "name", "manual", "매뉴얼", "가이드", "설명서", "잘하다", "해주다", "알아보다", "찾아보다", "찾다"])
SUMMARY = re.compile(r"[요여]약|요악|간추려|핵심\s?요점|줄거리|개요\s?(?:좀|를)|뭐에\s?관한|무엇에\s?관한|overview|핵심만|핵심내용|정리해|무슨\s?내용|뭔\s?내용|내용\s?(?:좀|을)?\s?(?:알려|정리)|뭐\s?들어|summar\w*", re.IGNORECASE)
# asks for what a report says where all other words are of its name
CONTENTS = re.compile(r"내용|설명|소개|다루|다뤄|간략|간단|짧게|핵심|요점|뭐야|뭔가요|무엇인|about|explain|tell me", re.IGNORECASE)
# words that say nothing of which report is meant
ASIDE = {"줘", "달라다", "소개", "다루다", "요점", "주요", "무엇", "문", "explain", "여약", "요악", "줄", "이다", "거", "overview", "trend", "trends", "all", "요약", "간추리다", "핵심", "정리", "내용", "짧다", "간단", "간단히", "간략", "간략히", "부탁", "드리다", "보고서", "자료", "문서", "파일", "리포트", "세", "한", "들다", "듣다",
         "전체", "문장", "summarize", "summary", "report", "document", "briefly", "short"}
SUMMARISED = re.compile(r"\W*(?:[\dIVXⅠ-Ⅹ]+\W*)*(?:요약|핵심|주요\s?(?:내용|결과|성과|메시지)|한눈에|(?:executive )?summary|highlights?|key (?:points|findings))", re.IGNORECASE)
FIGURES = 1.3  # what a statement with a figure weighs in a summary
SAID = re.compile(r"(?:다|음|함|임|됨|요)\.?$|예정$|전망$|필요$")
NUMBERING = re.compile(r"^(?:제?\d+(?:\.\d+)*[장절.)]?|[IVXⅠ-Ⅹ]+\.|[가-힣]\.)\s+")
LINES = re.compile(r"(\d|한|두|세|네|다섯)\s?(?:줄|문장|가지)(?:정도)?(?:으로|로|만|의)?|(one|two|three|four|five) (?:lines?|sentences?)", re.IGNORECASE)
COUNTS = {"한": 1, "두": 2, "세": 3, "네": 4, "다섯": 5, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
# what says nothing by itself: sources, and lines that only lead to a list, a table or a picture
EMPTY = re.compile(r"출처|참고|https?:|원문|다음과 같|아래와 같|(?:다음|아래|위)[^.]{0,12}(?:표|그림|가지)|(?:표|그림)[은는]|\?$|^(?:그|이|두|또|둘|앞|여기|따라서|하지만|그러나|반면|반대로|즉|한편|이처럼|이러한|그런데|또한|특히|예를)[은는를의로에]?,?\s|^그")


def respond(question: str, snapshot: Snapshot, sources: Sequence[str] = ()) -> Answer | None:
    """The answer to a question about the collection; None for any other, which search is to answer."""
    started = time.perf_counter()
    text = normalise(question).strip()
    rest = FIRST.sub("", text)
    text = rest if rest and ASKED.search(rest) else text
    squeezed = re.sub(r"[\s\W_]+", "", text).lower()
    # what points back asks of the answer before
    words = set() if POINTS_BACK.search(text) else set(content(morphemes([text])[0]))
    listing = ASKED.search(text) and words & REPORTS and words <= LISTED or text.split() == ["목록"]
    helping = HELP.fullmatch(squeezed) or words and words <= ABLE and ASKED.search(text)
    summing = SUMMARY.search(text) or re.search(REPORT + "|report|document", text) and CONTENTS.search(text)
    if THANKS.fullmatch(squeezed):
        said: tuple[str, tuple[Citation, ...]] | None = (
            "천만에요. 도움이 되었다니 다행입니다. 보고서에 관해 더 궁금한 것을 언제든 물어보세요.", ())
    elif not (GREETING.fullmatch(squeezed) or listing or helping or summing):
        return None
    else:
        there = snapshot.titles(sources)  # takes its time where there are thousands
        if GREETING.fullmatch(squeezed):
            said = f"안녕하세요. 보고서 {len(there)}건을 읽고 근거와 함께 답합니다. {_example(there)}", ()
        elif listing:
            said = _listed(f"보고서 {len(there)}건이 있습니다.", there), ()
        elif helping:
            said = (f"올려 둔 보고서 {len(there)}건에서 질문의 답을 찾아, 보고서의 문장을 근거로 보여 드립니다. 보고서 목록과 요약도 "
                    f"말씀하세요. 보고서에 없는 것은 없다고 답합니다. {_example(there)}"), ()
        else:
            said = _summary(text, snapshot, there)
    if said is None:
        return None
    hits = {citation.passage.id: Hit(citation.passage, 1.0) for citation in said[1]}
    return Answer(question, question, said[0][:LONGEST], True, "extractive", said[1], tuple(hits.values()), None,
                  time.perf_counter() - started)


def _example(there: list[tuple[str, str]]) -> str:
    return f"예: \"{there[0][1][:40]} 요약해줘\"" if there else "먼저 보고서를 넣어 주세요: python -m ingest 보고서-폴더"


def _listed(lead: str, there: list[tuple[str, str]]) -> str:
    names = [title if Path(source).stem in title or len(title) > 60 else f"{title} ({Path(source).name})" for source, title in there]
    more = f"\n외 {len(names) - SHOWN}건" if len(names) > SHOWN else ""
    return "\n".join([lead, *bullets(names[:SHOWN], LONGEST - len(lead) - len(more) - 1)]) + more


def _summary(text: str, snapshot: Snapshot, there: list[tuple[str, str]]) -> tuple[str, tuple[Citation, ...]] | None:
    """A bullet for each of the main sections of the report that is meant; a question back where that is not clear."""
    for number, month in enumerate(MONTHS, 1):
        text = re.sub(rf"\b{month}\b", f"{number}월", text, flags=re.IGNORECASE)
    asked = LINES.search(text)
    lines = SECTIONS if asked is None else COUNTS.get((asked[1] or asked[2]).lower()) or int(asked[1])
    bare = SUMMARY.sub(" ", LINES.sub(" ", text))
    wanted = [word for word in content(morphemes([bare])[0]) if word not in ASIDE]
    names = {source: f"{title} {Path(source).name}".lower() for source, title in there}
    same = alternatives(wanted)
    said = re.sub(r"[\W_]+", "", bare).lower()
    titles = {source: re.sub(r"[\W_]+", "", title).lower() for source, title in there}
    alike = {source: SequenceMatcher(None, said, title, autojunk=False).find_longest_match().size for source, title in titles.items()}
    meant = [source for source, name in names.items() if alike[source] >= max(6, 0.6 * len(titles[source])) or all(
        _named(word, name) or any(all(_named(part, name) for part in term) for term in same.get(word, ())) for word in wanted)]
    if not meant or (not wanted and not re.search(REPORT + "|report|document", text)):
        return None
    meant = [source for source in meant if alike[source] == max(alike[one] for one in meant)] if wanted else meant
    if len(meant) > 1:
        return _listed("어느 보고서를 요약할까요? 이름을 넣어 다시 말씀하세요.", [pair for pair in there if pair[0] in meant]), ()
    passages = snapshot.passages_of(meant[0])
    chosen = _own_summary(passages)[:lines]
    if len(chosen) < min(lines, OWN):
        sections = [(head, *best) for head, group in _sections(passages) if (best := _central(group))]
        step = max(len(sections) / max(lines, 1), 1.0)
        chosen = [sections[int(n * step)] for n in range(min(lines, len(sections)))]
    citations = tuple(Citation(n, passage, passage.text[s.start:s.end], s.start, s.end)
                      for n, (_, passage, s) in enumerate(chosen, 1))
    texts = [f"{head}: {polite(citation.quote)}" if head and head not in citation.quote else polite(citation.quote)
             for (head, *_), citation in zip(chosen, citations, strict=True)]
    shown = bullets(texts, LONGEST - 5 * len(citations))
    return ("\n".join(f"{line} [{n}]" for n, line in enumerate(shown, 1)), citations[:len(shown)]) if shown else None


def _named(word: str, name: str) -> bool:
    """Whether a word stands in the name of a report; a number by itself, not within another."""
    word = word.removesuffix("다") if len(word) > 2 else word
    return bool(re.search(rf"(?<!\d){word}(?!\d)", name)) if word.isdigit() else word in re.sub(r"[\W_]+", "", name)


def _own_summary(passages: Sequence[Passage]) -> list[tuple[str, Passage, Sentence]]:
    """What a report says of itself in short, where one of its first sections is a summary: its statements in order."""
    found = []
    for passage in passages:
        for sentence in passage.sentences:
            text = passage.text[sentence.start:sentence.end]
            if sentence.kind in ("paragraph", "item") and any(SUMMARISED.match(part) for part in passage.heading.split(" > ")) \
                    and 12 <= len(text) <= 160 and not EMPTY.search(text) and not text.endswith(":") and re.search(r"\d|" + SAID.pattern, text):
                found.append(("", passage, sentence))
    return found


def _sections(passages: Sequence[Passage]) -> list[tuple[str, list[Passage]]]:
    """Runs of passages under the same heading, of the highest level that has three or more, with the heading; an even cut of
    a report without headings."""
    paths = [passage.heading.split(" > ") for passage in passages]
    for depth in range(max(map(len, paths), default=0)):
        heads = [path[depth] if len(path) > depth else "" for path in paths]
        if len(set(heads) - {""}) >= 3:
            found: dict[str, list[Passage]] = {}
            for head, passage in zip(heads, passages, strict=True):
                found.setdefault(head, []).append(passage)
            return [(NUMBERING.sub("", head)[:30], group) for head, group in found.items() if head]
    size = max(1, -(-len(passages) // SECTIONS))
    return [("", list(passages[n:n + size])) for n in range(0, len(passages), size)]


def _central(passages: Sequence[Passage]) -> tuple[Passage, Sentence] | None:
    """The sentence that shares most of its words with its section; early ones first."""
    counts = Counter(word for passage in passages for sentence in passage.sentences for word in set(content(sentence.morphemes)))
    best, chosen = 0.0, None
    for number, passage in enumerate(passages):
        for sentence in passage.sentences:
            text = passage.text[sentence.start:sentence.end]
            words = set(content(sentence.morphemes))
            if not (SAID.search(text) or sentence.kind == "item" and re.search(r"\d", text)) or sentence.kind not in ("paragraph", "item") or not 15 <= len(text) <= 120 or EMPTY.search(text) or text.endswith(":"):
                continue
            score = sum(counts[word] for word in words) / (len(words) + 3) / (1 + number / 4) * (FIGURES if re.search(r"\d", text) else 1.0)
            if score > best:
                best, chosen = score, (passage, sentence)
    return chosen
