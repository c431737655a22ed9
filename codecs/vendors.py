"""Whose JSON is it: shapes of vendors' payloads as data, for a first guess at what a stranger sent."""

from __future__ import annotations

from typing import Any, NamedTuple


class Shape(NamedTuple):
    """``needs``: paths that must be there, each with the values it may have (none: any). ``options``: the reader's."""

    vendor: str
    needs: tuple[tuple[str, tuple[str, ...]], ...]
    options: dict[str, str]


def _shape(vendor: str, *needs: str | tuple[str, ...], **options: str) -> Shape:
    return Shape(vendor, tuple((need, ()) if isinstance(need, str) else (need[0], need[1:]) for need in needs), options)


SHAPES = (
    _shape("easypost", ("object", "Event"), "description", "result", id="$.id"),
    _shape("easypost", ("object", "Tracker"), "tracking_code", "tracking_details", id="$.id"),
    _shape("shiphero", "webhook_type", "fulfillment"),
    _shape("shiphero", "webhook_type", "purchase_order"),
    _shape("shiphero", "webhook_type", "inventory"),
    _shape("shiphero", "webhook_type", "account_id"),
    _shape("shipengine", "resource_url", "resource_type", "data.tracking_number"),
    _shape("shipstation", "resource_url", "resource_type"),
    _shape("ongoing", "webhookEventId", "goodsOwnerId", id="$.webhookEventId"),
    _shape("ongoing", "orderInfo.goodsOwnerOrderId", "orderLines"),
    _shape("ongoing", "purchaseOrderInfo.purchaseOrderNumber", "purchaseOrderLines"),
    _shape("ongoing", "returnOrderInfo.returnOrderNumber", "returnOrderLines"),
    _shape("project44", "shipment.shipmentIdentifiers", "latestStatusUpdate"),
    _shape("project44", "shipmentIdentifiers", "statusUpdates"),
    _shape("amazon sp-api", "NotificationType", "NotificationMetadata.NotificationId", "Payload",
           id="$.NotificationMetadata.NotificationId"),
    _shape("amazon sp-api", "notificationType", "notificationMetadata.notificationId", "payload",
           id="$.notificationMetadata.notificationId"),
    _shape("extensiv", "EventType", "TransactionId"),
    _shape("shipbob", "topic", "resource"),
    _shape("shopify", "admin_graphql_api_id", "line_items", id="$.id"),
    _shape("aftership", "event_id", "msg.tracking_number", id="$.event_id"),
    _shape("shippo", "event", "data.tracking_number", "data.tracking_status"),
)  # fmt: skip


def vendor_of(data: Any) -> Shape | None:
    """Return the first shape that ``data`` has; None where it has none that is known."""
    return next((shape for shape in SHAPES if all(_has(data, path, values) for path, values in shape.needs)), None)


def _has(data: Any, path: str, values: tuple[str, ...]) -> bool:
    for step in path.split("."):
        if not isinstance(data, dict) or step not in data:
            return False
        data = data[step]
    return not values or data in values
