"""What the operating system lets us forbid a worker process: the one file that imports POSIX-only modules."""

from contextlib import suppress

MEMORY = 1_000_000_000  # bytes of address space on top of what the worker has when it starts
CPU = 60  # seconds from one sign of life to the next


def confine() -> None:
    """Limit this process's memory and forbid core dumps; does nothing where the system has no such limits."""
    with suppress(ImportError):
        import resource

        with open("/proc/self/statm") as statm:
            used = int(statm.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def allow() -> None:
    """Allow CPU more seconds of computing from now on."""
    with suppress(ImportError):
        import resource

        spent = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
        resource.setrlimit(resource.RLIMIT_CPU, (int(spent) + CPU, resource.getrlimit(resource.RLIMIT_CPU)[1]))
