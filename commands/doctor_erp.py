"""What `milepost doctor` can tell of the ERP: that it answers, lets us in, and what time it has."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime

import aiohttp
from milepost.commands.doctor_finding import Finding, ok, to_mend, unknown
from milepost.commands.doctor_kafka import apart
from milepost.runtime.erp.account import books
from milepost.runtime.erp.protocol import ErpUnavailable
from milepost.runtime.settings import Settings

REFERENCE = "milepost-doctor"
"""A reference that no document has: it is only asked for."""


async def erp(settings: Settings) -> AsyncIterator[Finding]:
    began_s = time.time()
    try:
        date = await _date(settings)
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        said = str(error) or f"no answer within {settings.erp_timeout_s:g} s"
        yield to_mend("erp", f"{settings.erp_url}: {said.splitlines()[0]}", _way(error))
        return
    yield await _let_in(settings)
    yield _clock(date, (began_s + time.time()) / 2)


def _way(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "let SSL_CERT_FILE name the authority that signed it, or give the ERP a certificate of a public one"
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return "check MILEPOST_ERP_URL: that port does not speak TLS, or not ours"
    return "check MILEPOST_ERP_URL, and that egress is allowed"


async def _date(settings: Settings) -> str:
    """The Date header of whatever the ERP answers: no page of it has to be known for that."""
    timeout = aiohttp.ClientTimeout(total=settings.erp_timeout_s)
    async with (
        aiohttp.ClientSession(timeout=timeout) as http,
        http.get(settings.erp_url, allow_redirects=False) as answer,
    ):
        return answer.headers.get("Date", "")


async def _let_in(settings: Settings) -> Finding:
    one = books(settings)
    try:
        await one.find(REFERENCE)
    except ErpUnavailable as error:
        if any(f"HTTP {code}" in str(error) for code in (401, 403)):
            return to_mend("erp", f"{settings.erp_url} does not let us in ({error})", "check MILEPOST_ERP_READ_TOKEN")
        if error.throttled:
            return unknown("erp", f"{settings.erp_url} answers, and wants to be asked less often: {error}")
        elsewhere = any(sign in str(error) for sign in ("HTTP 3", "HTTP 404", "none of this ERP's", "JSONDecodeError"))
        mend = "check MILEPOST_ERP_URL: a portal or a proxy answers there" if elsewhere else "look at the ERP"
        return to_mend("erp", f"{settings.erp_url} answers, but no query: {error}", mend)
    finally:
        await one.close()
    return ok("erp", f"{settings.erp_url} answers queries of account {settings.erp_account}")


def _clock(date: str, now_s: float) -> Finding:
    try:
        theirs_s = parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):  # the second: a year of twenty digits
        return unknown("clock", "the ERP says no time")
    return apart("the ERP's", theirs_s + 0.5 - now_s)  # whole seconds: half of one on average is cut off
