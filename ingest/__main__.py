"""`python -m ingest`: bring reports into the index, or look at it."""

import json
import sys
from pathlib import Path

from rag.command import Parser, run


def parser() -> Parser:
    parser = Parser("python -m ingest", "보고서를 색인에 넣고, 폴더와 색인을 같게 맞춥니다.")
    parser.add_argument("paths", nargs="*", type=Path, metavar="경로",
                        help="보고서 폴더나 파일. 없으면 지금까지 넣은 모든 폴더(처음이면 예시 보고서)")
    parser.add_argument("--index", type=Path, metavar="폴더", help="색인 폴더 (기본 .index)")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--remove", metavar="보고서", help="이 보고서를 색인에서 뺍니다")
    action.add_argument("--show", metavar="보고서", help="이 보고서를 어떻게 읽었는지 보입니다")
    action.add_argument("--status", action="store_true", help="색인에 든 보고서와 읽지 못한 파일을 보입니다")
    action.add_argument("--rebuild", action="store_true", help="모든 보고서를 처음부터 다시 읽어 색인을 새로 만듭니다")
    action.add_argument("--watch", action="store_true", help="끝내지 않고 폴더를 지켜보며, 바뀌면 색인을 맞춥니다")
    parser.add_argument("--prune", action="store_true", help="비었거나 없어진 폴더의 보고서를 색인에서 지우게 합니다")
    parser.add_argument("--json", action="store_true", help="결과를 JSON으로 씁니다")
    return parser


def main() -> int:
    options = parser().parse_args()
    from rag.settings import load

    settings = load({"index": options.index})
    from ingest import run as work

    if options.status or options.show:
        result = work.status(settings) if options.status else work.show(settings, options.show)
        print(json.dumps(result, ensure_ascii=False, indent=1) if options.json else work.as_text(result))
        return 0
    if options.watch:
        from ingest.watch import watch

        watch(settings, options.paths, lambda tally: print(tally.line(), flush=True))
        return 0
    with work.progress_bar() as progress:
        if options.remove:
            result = {"removed": work.remove(settings, options.remove, progress)}
            line = f"색인에서 뺐습니다: {result['removed']} (파일이 폴더에 남아 있으면 다음 실행 때 다시 들어옵니다)"
            failed = []
        else:
            tally = work.ingest(settings, options.paths, progress, prune=options.prune, rebuild=options.rebuild)
            result, line, failed = vars(tally), tally.line(), tally.failed
    for source, reason in failed:
        print(f"실패: {source}: {reason}", file=sys.stderr)
    print(json.dumps(result, ensure_ascii=False) if options.json else line)
    return 1 if failed else 0


if __name__ == "__main__":
    run(main)
