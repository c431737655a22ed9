"""Did a peer do the job? Its commands and its changelog against a plain loop over the same input, before any figure."""

from __future__ import annotations

from collections.abc import Iterable

from milepost.bench.peers import job


class Wrong(Exception):
    """A peer's state or commands are not those of the plain loop: no figure is worth printing."""


class Expected:
    """What the input comes to."""

    def __init__(self, pairs: Iterable[job.Pair]) -> None:
        self.states, self.commands = job.expected(pairs)
        self.digest = job.digest(self.states)

    def check_commands(self, values: Iterable[bytes]) -> str:
        """Return the digest of the state as the last command of each order tells it. Raises Wrong."""
        last: dict[str, job.State] = {}
        count, seen = 0, set()
        for value in values:
            one = job.decode_command(value)
            count += 1
            seen.add(one.id)
            if one != self.commands.get(one.id):
                raise Wrong(f"command {one.id} says {one}, it should say {self.commands.get(one.id)}")
            kept = last.get(one.order)
            if kept is None or one.events > kept.events:
                last[one.order] = job.State(one.check, one.events, one.last, one.quantity)
        if count != len(self.commands) or len(seen) != count:
            raise Wrong(f"{count} commands, {len(seen)} of them different; there should be {len(self.commands)}")
        return self._same(job.digest(last), "commands")

    def check_changelog(self, pairs: Iterable[job.Pair]) -> int:
        """Return how many records the changelog has, once its last record per key is the final state. Raises Wrong."""
        state: dict[str, job.State] = {}
        count = 0
        for key, value in pairs:
            state[order_of(key)] = job.decode_state(value)
            count += 1
        self._same(job.digest(state), "changelog")
        return count

    def check_state(self, digest: str) -> None:
        """Raise Wrong unless the digest is that of the final state."""
        self._same(digest, "recovered state")

    def _same(self, digest: str, what: str) -> str:
        if digest != self.digest:
            raise Wrong(f"the {what} give {digest}, the plain loop {self.digest}")
        return digest


def order_of(key: bytes) -> str:
    """Return the order of a changelog's key: bare, as JSON text (Faust), or before a separator (quixstreams)."""
    return key.split(b"|")[0].strip(b'"').decode()
