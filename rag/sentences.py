"""Where sentences end in Korean reports and answers."""

import re
from collections.abc import Iterator

# a full stop after a digit is a date or a numbering ("2023.04. 10", "1. 개요"), not the end of a sentence
END = re.compile(r"(?<=[^\d\s.][.!?。])['\"’”」)\]]*\s+(?=\S)|(?<=[.!?。]['\"’”」)\]])\s+(?=\S)")

LABEL = re.compile(r"\W*(?:문|답|질문|답변|주|예|Q|A|[가나다라마바사아자차카타파하])\d*\W*")  # opens a sentence and is none: "답. 할 수 있다."


def spans(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of each sentence, without the white space between them."""
    start = 0
    for match in [*END.finditer(text), None]:
        if match and LABEL.fullmatch(text[start:match.start()]):
            continue
        end = match.end() if match else len(text)
        yield start, start + len(text[start:end].rstrip())
        start = end
