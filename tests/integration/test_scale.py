"""An exam of many images: what the run, the judge and the embedded target have in memory stays small."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.support.processes import environment

IMAGES = 600


@pytest.mark.long
@pytest.mark.whole
def test_an_exam_of_many_images_is_no_bigger_than_one_of_few() -> None:
    argv = [sys.executable, "-m", "tests.bench.scale", "--images", str(IMAGES), "--matrix", "64", "--json"]
    done = subprocess.run(argv, env=environment(), capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)[str(IMAGES)]
    # 85 MB are Python with what we import, 80 MB the target's
    assert figures["run"]["MB"] < 140
    assert figures["run"]["target MB"] < 120
    assert figures["report"]["MB"] < 200
