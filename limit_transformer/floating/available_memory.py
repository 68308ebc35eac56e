"""The memory that this process may have: the least of the machine's, the container's limit, and the process's limit."""

import os
import resource
from contextlib import suppress
from functools import cache
from pathlib import Path

GROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")  # the limit of a container on Linux, in bytes


@cache
def memory_size() -> int:
    """Return the most memory that this process may have, in bytes."""
    sizes = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    own, _ = resource.getrlimit(resource.RLIMIT_AS)
    if own != resource.RLIM_INFINITY:
        sizes.append(own)
    with suppress(OSError, ValueError):  # there is no such file, or it says "max"
        sizes.append(int(GROUP_LIMIT.read_text()))
    return min(sizes)
