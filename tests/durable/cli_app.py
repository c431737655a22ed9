"""An app for `faust -A milepost.tests.durable.cli_app`, told by the environment what to be."""

from __future__ import annotations

import json
import os

from milepost.tests.durable.worker import Job, build

app = build(Job(**json.loads(os.environ["DURABLE_JOB"])))
