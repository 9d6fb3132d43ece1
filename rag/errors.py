"""Every error that geungeo raises on purpose.

    GeungeoError            one Korean line: what is wrong, and what to type next
      WrongUsage            exit code 2: an option, a setting or a question that cannot be meant
      IndexMissing          no index at the place that was named
      IndexDamaged          the index cannot be read; carries what repairs it
      IndexBusy             another process is writing the index
      FolderMissing         a folder or file that is to be read is not there
      UnreadableFile        one report cannot be read; the others are not touched by it
      UnknownSource         no report of that name in the index
      ModelUnavailable      an embedder or LLM cannot be loaded or does not answer

Errors that we did not foresee are not caught.
"""


class GeungeoError(Exception):
    """An error that the user can mend; its message is one Korean line."""

    exit_code = 1


class WrongUsage(GeungeoError):
    exit_code = 2


class IndexMissing(GeungeoError):
    pass


class IndexDamaged(GeungeoError):
    pass


class IndexBusy(GeungeoError):
    pass


class FolderMissing(GeungeoError):
    pass


class UnreadableFile(GeungeoError):
    pass


class UnknownSource(GeungeoError):
    pass


class ModelUnavailable(GeungeoError):
    pass
