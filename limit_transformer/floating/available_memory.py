"""How much memory this process may have: what the machine has, its group is given, and its own limit allows."""

import os
import resource
from contextlib import suppress
from functools import cache
from pathlib import Path

GROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")  # of a container, on Linux


@cache
def memory_size() -> int:
    """Bytes of memory that this process may have at most."""
    sizes = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    own, _ = resource.getrlimit(resource.RLIMIT_AS)
    if own != resource.RLIM_INFINITY:
        sizes.append(own)
    with suppress(OSError, ValueError):  # no such group, or "max"
        sizes.append(int(GROUP_LIMIT.read_text()))
    return min(sizes)
