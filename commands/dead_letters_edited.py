"""Mending a dead letter's bytes: a copy is kept beside it, with who did it and why."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec
from milepost.codecs.dead_letters import VALUE_MAX_BYTES
from milepost.commands.dead_letters_chosen import the
from milepost.commands.dead_letters_folded import folded
from milepost.commands.dead_letters_reading import bytes_of
from milepost.commands.dead_letters_redriven import keep, print_trial, record_of, trying_with
from milepost.contracts.letters import LetterAct

if TYPE_CHECKING:
    from milepost.runtime.settings import Settings


async def edited(
    settings: Settings, bootstrap: str, name: str, file: str | None, sets: tuple[str, ...], new_key: str, actor: str,
    why: str, *, dry_run: bool,
) -> None:  # fmt: skip
    """Mend one letter; UsageError or ClickException, one line, where that is not possible."""
    if file is not None and sets:
        raise click.UsageError("--file and --set are two ways to say the same")
    one = the(await folded(bootstrap), name)
    if one.state == "redriven":
        raise click.ClickException(f"{one.id} was sent again and not refused since: there is nothing to mend")
    whole = (await bytes_of(bootstrap, [one]))[0]
    if file is None and whole.cut:
        raise click.ClickException(
            f"{one.id} has {whole.letter.size_bytes} bytes, not all kept: mend by --file"
        )
    value = _mended(whole.value, file, sets, asked=not new_key)
    if len(value) > VALUE_MAX_BYTES:
        raise click.ClickException(f"{len(value)} bytes; at most {VALUE_MAX_BYTES} can be kept")
    if value == whole.value and not new_key:
        raise click.ClickException(f"{one.id}: nothing was changed")
    act = LetterAct(
        letter=one.id, act="edited", actor=actor, reason=why, at=datetime.now(UTC), key=new_key,
        value_base64=base64.b64encode(value).decode(),
    )  # fmt: skip
    one.acts.append(act)
    good = print_trial(trying_with(settings), one, record_of(one, whole.letter, value))
    if dry_run:
        raise SystemExit(0 if good else 1)
    await keep(bootstrap, [(one.key, act)])
    click.echo(f"{one.id}: mended by {actor}; send it by `milepost dead-letters redrive {one.id[:12]}`")


def _mended(value: bytes, file: str | None, sets: tuple[str, ...], *, asked: bool) -> bytes:
    if file is not None:
        return Path(file).read_bytes()
    if sets:
        return with_values(value, sets)
    return _by_editor(value) if asked else value


def _by_editor(value: bytes) -> bytes:
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        raise click.ClickException("its bytes are no text: mend them by --file") from None
    told = click.edit(text, require_save=True, extension=".txt")
    if told is None:
        return value
    # An editor ends the last line, which a partner may not have done.
    return (told if text.endswith("\n") else told.removesuffix("\n")).encode()


def with_values(value: bytes, sets: tuple[str, ...]) -> bytes:
    """Return JSON with values set: ``body.lines[0].quantity=4``. What is no JSON after ``=`` is taken for text."""
    try:
        document = msgspec.json.decode(value)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise click.ClickException(f"its bytes are no JSON, mend them by --file: {error}") from None
    for one in sets:
        path, sign, text = one.partition("=")
        if not sign or not path.strip("$."):
            raise click.UsageError(f"--set {one!r}: it is PATH=VALUE, such as body.quantity=4")
        _set(document, _steps(path), _value(text), path)
    return msgspec.json.encode(document)


def _value(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError):
        return text


def _steps(path: str) -> list[str | int]:
    steps: list[str | int] = []
    for part in path.removeprefix("$").removeprefix(".").split("."):
        name, *places = part.split("[")
        if name:
            steps.append(name)
        for place in places:
            if not place.endswith("]") or not place[:-1].isdecimal():
                raise click.UsageError(f"--set {path!r}: {part!r} is neither a name nor NAME[NUMBER]")
            steps.append(int(place[:-1]))
    return steps


def _set(document: Any, steps: list[str | int], value: Any, path: str) -> None:
    at = document
    for number, step in enumerate(steps):
        last = number == len(steps) - 1
        fits = (isinstance(at, dict) and isinstance(step, str) and (last or step in at)) or (
            isinstance(at, list) and isinstance(step, int) and step < len(at)
        )
        if not fits:
            raise click.UsageError(f"--set {path}: there is no {step!r} there")
        if last:
            at[step] = value
        else:
            at = at[step]
