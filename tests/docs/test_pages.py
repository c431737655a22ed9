"""Pages made from the code say what the code does."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from milepost.docs.pages import PAGES
from milepost.docs.policies_page import EXAMPLES, example_policies
from milepost.workflow.practice import Practice

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_code_makes(name: str) -> None:
    """Each page in the tree is the one that `make docs` would write."""
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name](), f"docs/{name} is old: run `make docs`"


def test_every_knob_has_an_example_that_says_something() -> None:
    """Every knob has an example, each is read like a file, and each sets its knob to other than the default."""
    assert list(EXAMPLES) == [field.name for field in msgspec.structs.fields(Practice)]
    for name, policy in zip(EXAMPLES, example_policies(), strict=True):
        default = getattr(Practice(), name)
        assert getattr(policy, name) != default or name in ("confirm_before_s", "provisional_currency"), name
