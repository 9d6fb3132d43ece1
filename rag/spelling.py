"""Words of a question that no report has, read as what they were probably meant to be: a slip of one letter, a missing
space. The index's own vocabulary decides; nothing else is known to be right."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from rag.morphemes import content, morphemes

Frequencies = Callable[[str, Iterable[str]], dict[str, int]]
FIRST, LAST = "가", "힣"
INITIALS, VOWELS, FINALS = 19, 21, 28
LIKE_INITIALS = ("ㄱㄲㅋ", "ㄷㄸㅌ", "ㅂㅃㅍ", "ㅅㅆ", "ㅈㅉㅊ", "ㄴㄹ", "ㅇㅎ")
LIKE_VOWELS = ("ㅐㅔㅒㅖ", "ㅚㅙㅞ", "ㅓㅗㅏ", "ㅓㅕ", "ㅏㅑ", "ㅗㅛ", "ㅜㅠㅡ", "ㅢㅣㅟ")
INITIAL_LETTERS, VOWEL_LETTERS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ", "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
LONG = 4  # syllables from which on a word may be two without a space between them


def repaired(text: str, words: Sequence[str], frequencies: Frequencies) -> list[str]:
    """The content words of a question, those of no passage replaced where a near spelling is known."""
    counts = frequencies("body", words)
    result = list(words)
    for chunk in text.split():
        own = content(morphemes([chunk])[0])
        lost = [word for word in own if not counts.get(word, 1) and _hangul(word)]
        if not lost:
            continue
        better = next((split for word in lost if len(word) >= LONG and (split := _split(word, frequencies))), None) \
            if len(lost) == 1 else None
        if better:
            better = [part for word in own for part in (better if word == lost[0] else [word])]
        else:
            better = _respelled(chunk, own, frequencies)
        if better:
            result = [word for word in result if word not in lost] + [word for word in better if word not in result]
    return result


def _hangul(word: str) -> bool:
    return len(word) > 1 and all(FIRST <= c <= LAST for c in word)


def _split(word: str, frequencies: Frequencies) -> list[str] | None:
    """Two known words that a long unknown one is made of; the split whose rarer part is most frequent."""
    parts = [(word[:n], word[n:]) for n in range(2, len(word) - 1)]
    counts = frequencies("body", {part for pair in parts for part in pair})
    best = max(parts, key=lambda pair: min(counts[pair[0]], counts[pair[1]]), default=None)
    return list(best) if best and min(counts[part] for part in best) else None


def _respelled(chunk: str, own: Sequence[str], frequencies: Frequencies) -> list[str] | None:
    """The content words of the near spelling of which all are known, and the rarest most frequent."""
    spellings = list(dict.fromkeys(near(chunk)))
    found = [words for words in (content(words) for words in morphemes(spellings))
             if words and sum(map(len, words)) >= sum(map(len, own)) - 1]
    counts = frequencies("body", {word for words in found for word in words})
    best = max(found, key=lambda words: min(counts[word] for word in words), default=None)
    return best if best and min(counts[word] for word in best) else None


def near(word: str) -> Iterator[str]:
    """Spellings that differ in one letter which is easily taken for another, or in one final consonant."""
    for n, syllable in enumerate(word):
        if not FIRST <= syllable <= LAST:
            continue
        code = ord(syllable) - ord(FIRST)
        initial, vowel, final = code // (VOWELS * FINALS), code // FINALS % VOWELS, code % FINALS
        others = [(i, vowel, final) for i in _like(initial, INITIAL_LETTERS, LIKE_INITIALS)]
        others += [(initial, v, final) for v in _like(vowel, VOWEL_LETTERS, LIKE_VOWELS)]
        others += [(initial, vowel, f) for f in range(FINALS) if f != final and (not f or not final or len(word) > 2)]
        for i, v, f in others:
            yield word[:n] + chr(ord(FIRST) + (i * VOWELS + v) * FINALS + f) + word[n + 1:]


def _like(number: int, letters: str, classes: Iterable[str]) -> Iterator[int]:
    for like in classes:
        if letters[number] in like:
            yield from (letters.index(other) for other in like if other != letters[number])
