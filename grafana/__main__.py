"""``python -m milepost.grafana``: write every dashboard as the JSON that Grafana reads."""

from __future__ import annotations

from milepost.grafana.boards import BOARDS, DIRECTORY

if __name__ == "__main__":
    for name, board in BOARDS.items():
        (DIRECTORY / f"{name}.json").write_text(board().json(), encoding="utf-8")
        print(f"grafana/dashboards/{name}.json")
