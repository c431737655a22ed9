"""Money in integer minor units. The exponent says how many minor units make one major unit."""

from __future__ import annotations

from decimal import Decimal

# ISO 4217 exponents that are not 2.
EXPONENTS = {"JPY": 0, "KRW": 0, "CLP": 0, "VND": 0, "BHD": 3, "KWD": 3, "TND": 3, "OMR": 3, "JOD": 3}
AMOUNT_MAX_MINOR = 10**15


def exponent(currency: str) -> int:
    """Return the number of decimals of ``currency`` by ISO 4217; 2 unless listed."""
    return EXPONENTS.get(currency, 2)


def shown(amount_minor: int, currency: str) -> str:
    """Return an amount as people write it: ``1,120.00 EUR``."""
    places = exponent(currency)
    return f"{Decimal(amount_minor).scaleb(-places):,.{places}f} {currency}"
