"""A small file in the shape of the SCMS history, written for these tests: two orders, three shipments, all forms."""

from __future__ import annotations

HEADING = (
    "ID", "Project Code", "PQ #", "PO / SO #", "ASN/DN #", "Country", "Fulfill Via", "Vendor INCO Term",
    "Shipment Mode", "PQ First Sent to Client Date", "PO Sent to Vendor Date", "Scheduled Delivery Date",
    "Delivered to Client Date", "Delivery Recorded Date", "Vendor", "Item Description", "Line Item Quantity",
    "Line Item Value", "Pack Price", "Weight (Kilograms)", "Freight Cost (USD)", "Something Else",
)  # fmt: skip
FIRST = ("P-1", "FPQ-7", "SO-1", "DN-1", "Ruritania", "From RDC", "N/A - From RDC", "Truck", "3/4/13",
         "N/A - From RDC", "20-Mar-13", "22-Mar-13", "25-Mar-13", "Stock House")  # fmt: skip
LATER = ("P-1", "FPQ-7", "SO-1", "DN-2", "Ruritania", "From RDC", "N/A - From RDC", "Truck", "3/4/13",
         "N/A - From RDC", "30-Mar-13", "29-Mar-13", "29-Mar-13", "Stock House")  # fmt: skip
OTHER = ("P-2", "Pre-PQ Process", "SCMS-9", "ASN-9", "Graustark", "Direct Drop", "EXW", "N/A", "Pre-PQ Process",
         "Date Not Captured", "2-Jun-06", "2-Jun-06", "2-Jun-06", "Makers, Ltd.")  # fmt: skip
ROWS = (
    ("11", *FIRST, '"Tablets ""A"", 30"', "7", "100.01", "14.29", "12", "45.5", ""),
    ("12", *FIRST, "Syrup", "3", "9", "3", "See DN-1 (ID#:11)", "See DN-1 (ID#:11)", ""),
    ("13", *LATER, "Syrup", "5", "15", "3", "40", "Invoiced Separately", ""),
    ("14", *OTHER, '"Test kits, 100"', "2", "0", "10", "Weight Captured Separately",
     "Freight Included in Commodity Cost", ""),
)  # fmt: skip


def written(rows: tuple[tuple[str, ...], ...] = ROWS, heading: tuple[str, ...] = HEADING, end: str = "\r") -> bytes:
    """The file's bytes, with the line ends of an old Mac unless told otherwise."""
    return end.join("\t".join(row) for row in (heading, *rows)).encode()
