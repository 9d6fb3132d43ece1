"""What every entry point shares: Korean usage errors, UTF-8 streams, exit codes."""

import argparse
import os
import re
import sys
from collections.abc import Callable
from typing import NoReturn

from rag.errors import GeungeoError

MESSAGES = (
    (r"unrecognized arguments: (.*)", r"모르는 옵션입니다: \1"),
    (r"argument (.*): ignored explicit argument (.*)", r"\1에는 값을 쓰지 않습니다: \2"),
    (r"argument (.*): expected (?:one|at least one) argument", r"\1 뒤에 값이 필요합니다"),
    (r"argument (.*): invalid (?:int|float) value: (.*)", r"\1에는 수를 써야 합니다: \2"),
    (r"argument (.*): invalid choice: (.*) \(choose from (.*)\)", r"\1에 쓸 수 없는 값입니다: \2. 쓸 수 있는 값: \3"),
    (r"argument (.*): not allowed with argument (.*)", r"\1와 \2는 함께 쓸 수 없습니다"),
    (r"the following arguments are required: (.*)", r"빠진 것이 있습니다: \1"),
    (r"ambiguous option: (.*) could match (.*)", r"여러 뜻이 되는 옵션입니다: \1 (\2)"),
)


class Parser(argparse.ArgumentParser):
    """An argument parser that speaks Korean and takes no abbreviations."""

    def __init__(self, prog: str, description: str) -> None:
        super().__init__(prog=prog, description=description, add_help=False, allow_abbrev=False)
        self._positionals.title, self._optionals.title = "인자", "옵션"
        self.add_argument("-h", "--help", action="help", help="이 도움말을 보이고 끝냅니다")

    def format_help(self) -> str:
        return super().format_help().replace("usage:", "사용법:", 1)

    def error(self, message: str) -> NoReturn:
        for pattern, korean in MESSAGES:
            message = re.sub(pattern, korean, message)
        print(f"{message}. 도움말: {self.prog} --help", file=sys.stderr)
        sys.exit(2)


def run(main: Callable[[], int]) -> NoReturn:
    """Run an entry point and leave with its exit code; an error of ours is one line on standard error."""
    for stream in filter(None, (sys.stdout, sys.stderr, sys.stdin)):  # None where it was closed before us
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    os.environ["LANGSMITH_TRACING_V2"] = "false"  # whatever the environment says, no question or report goes to LangSmith
    try:
        code = main()
        if sys.stdout:
            sys.stdout.flush()
    except GeungeoError as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        code = error.exit_code
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:  # the reader of our output has gone, as with `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    sys.exit(code)
