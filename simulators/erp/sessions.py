"""Who is logged in. A restart forgets everybody, as application servers do whose sessions live in memory."""

from __future__ import annotations

from hashlib import blake2s

LOST = "SESSION_LOST"


class Sessions:
    """Tokens handed out by one life of the ERP. ``born`` is when that began, in Unix seconds: no other life's tokens
    are like ours. With ``needed`` off nobody has to log in. ``token``: what to show for a session; empty: nothing."""

    def __init__(self, *, needed: bool, born: float, token: str = "") -> None:
        self.needed, self._born, self._token = needed, born, token
        self._tokens: set[str] = set()

    def open(self) -> str:
        """Return the token of a new session."""
        token = blake2s(f"{self._born!r}/{len(self._tokens)}".encode(), digest_size=16).hexdigest()
        self._tokens.add(token)
        return token

    def knows(self, authorization: str) -> bool:
        """Say whether who comes with this Authorization header may have a session."""
        return not self._token or authorization == f"Bearer {self._token}"

    def admits(self, authorization: str) -> bool:
        """Say whether a request with this Authorization header may be answered."""
        return not self.needed or authorization.removeprefix("Bearer ") in self._tokens

    def __len__(self) -> int:
        return len(self._tokens)
