"""Runs a module as a program that ends when its supervisor ends, however that ends.

`python -m milepost.runtime.lifeline FD MODULE [ARGUMENT...]`. FD is the reading end of a pipe whose other end only the
supervisor holds: end of file means the supervisor is gone, also after kill -9, on any system. A death signal of
the kernel would not do: Linux ties it to the thread that forked.
"""

from __future__ import annotations

import os
import runpy
import sys
import threading

READY_VARIABLE = "_MILEPOST_READY_FD"
ORPHANED_EXIT = 70


def announce_ready() -> None:
    """Tell the supervisor, if there is one, that this process does its work now. Later calls do nothing."""
    descriptor = os.environ.pop(READY_VARIABLE, "")
    if not descriptor.isdigit():
        return
    try:
        os.write(int(descriptor), b"ready\n")
        os.close(int(descriptor))
    except OSError:
        return  # the supervisor does not listen any more; its end of the life line says the rest


def tie(descriptor: int) -> None:
    """End this process at once when the other end of the pipe is closed."""
    threading.Thread(target=_wait_for_the_end, args=(descriptor,), name="lifeline", daemon=True).start()


def _wait_for_the_end(descriptor: int) -> None:
    try:
        while os.read(descriptor, 64):
            pass
    except OSError:
        pass
    # No clean-up: without a supervisor nobody would wait for it, and offsets must stay uncommitted anyway.
    os._exit(ORPHANED_EXIT)


def main(arguments: list[str]) -> None:
    """Tie this process to the pipe, then be MODULE."""
    descriptor, module, *rest = arguments
    os.set_inheritable(int(descriptor), False)
    tie(int(descriptor))
    sys.argv = [module, *rest]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
