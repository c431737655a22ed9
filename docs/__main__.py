"""``python -m milepost.docs``: write the pages that are made from the code."""

from __future__ import annotations

from pathlib import Path

from milepost.docs.pages import PAGES

if __name__ == "__main__":
    for name, page in PAGES.items():
        (Path(__file__).parent / name).write_text(page(), encoding="utf-8")
        print(f"docs/{name}")
