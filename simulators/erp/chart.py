"""The ERP's own chart of accounts and document kinds, used by nobody but the gateway that talks to it."""

from __future__ import annotations

ACCOUNTS = {
    "1200": "Trade receivables",
    "1290": "Claims against carriers",
    "1400": "Finished goods",
    "1430": "Goods in repair",
    "1440": "Goods to be returned to vendors",
    "1470": "Goods in transit",
    "1480": "Goods received, not invoiced",
    "2310": "Accrued freight",
    "4000": "Sales revenue",
    "5000": "Cost of goods sold",
    "5080": "Scrapped goods",
    "5090": "Inventory differences",
    "5095": "Losses claimed from carriers",
    "6200": "Outbound freight",
}

KINDS = {
    "SC": "Shipment confirmation",
    "GI": "Goods issue",
    "GR": "Goods receipt",
    "IA": "Inventory adjustment",
    "FA": "Freight accrual",
    "CI": "Customer invoice",
    "CC": "Customer credit",
    "OC": "Order change",
    "SR": "Stock return",
    "CL": "Carrier claim",
}

# Kinds that say something without moving value; every other kind needs a journal.
WITHOUT_JOURNAL = frozenset({"SC", "OC"})

# Kinds that may move units of stock.
MOVING_GOODS = frozenset({"GI", "GR", "IA", "SR"})
