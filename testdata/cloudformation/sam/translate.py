#!/usr/bin/env python3
"""Writes what the official SAM translator makes of each template beside it, and with --check compares.

Needs `pip install aws-sam-translator pyyaml`. `python3 translate.py [--check]`, exit status 1 where a file would change.
"""

import json
import logging
import os
import pathlib
import sys
import types

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
logging.disable(logging.CRITICAL)

os.environ.setdefault("AWS_ACCESS_KEY_ID", "x")
os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "x")

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

MANAGED = {
    name: f"arn:aws:iam::aws:policy/{name}"
    for name in ("AmazonS3ReadOnlyAccess", "AmazonDynamoDBFullAccess", "CloudWatchLogsFullAccess")
}


def translate(path):
    managed = types.SimpleNamespace(load=lambda: MANAGED)
    made = transform(yaml_parse(path.read_text()), {"AWS::Region": "us-east-1"}, managed)
    for resource in made["Resources"].values():
        # Their order means nothing and changes from run to run.
        if isinstance(resource.get("DependsOn"), list):
            resource["DependsOn"].sort()
    kept = ("Parameters", "Mappings", "Conditions", "Resources", "Outputs")
    return json.dumps({key: made[key] for key in kept if key in made}, indent=1, sort_keys=True) + "\n"


def main():
    changed = []
    for path in sorted(pathlib.Path(__file__).parent.glob("*.yaml")):
        try:
            text = translate(path)
        except Exception as error:
            print(f"{path.name}: {error}")
            changed.append(path.name)
            continue
        expected = path.with_suffix(".expected.json")
        if not expected.exists() or expected.read_text() != text:
            changed.append(path.name)
            if "--check" not in sys.argv:
                expected.write_text(text)
    print("\n".join(changed))
    return 1 if changed and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
