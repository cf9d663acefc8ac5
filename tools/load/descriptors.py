"""Open files: a connection is one at the sender and one at the broker, and a shell's usual limit is 1,024."""

import resource

from tools.errors import ToolError

SPARE = 256  # of a process, beside its connections


def allow(connections: int) -> None:
    """Raise this process's limit, which its children inherit, to so many connections in one process.

    Raises ToolError, with what to type, where that is more than it may have.
    """
    wanted = connections + SPARE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise ToolError(
            f"{connections:,} connections want {wanted:,} open files in the broker's process, and here it may have "
            f"{hard:,} at most: as root `ulimit -n {wanted}`, or LimitNOFILE={wanted} in a systemd unit; "
            "or fewer sensors"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
