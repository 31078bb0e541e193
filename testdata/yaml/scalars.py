#!/usr/bin/env python3
"""Writes what PyYAML reads of plain scalars, and with --check compares. Needs `pip install pyyaml`.

The scalars are those that YAML 1.1 is known for and 3,000 made of the characters that numbers, times and booleans are made of, always
the same ones.
"""

import pathlib
import random
import sys

import yaml

KNOWN = """
yes Yes YES yEs no No NO nO on On ON off Off OFF true True TRUE false False FALSE y Y n N
~ null Null NULL nUll
0 00 007 012 0o12 08 089 -012 +012 0x1F 0X1F 0xg -0x1f 0b101 0b2 +0b1 0b 0x
1_000 _1 1_ 1__0 -1_000 +7 - + . -. +.
22:22 22:60 1:2:3 190:20:30 190:20:30.15 0:0 -1:30 01:30 1:2:3:4:5 20:3 20:03 3:5a _1:20 1_0:20 -_1
1. .5 1.5 -1.5 +1.5 1_0.5 1.5e3 1.5e+3 1.5E-3 .5e+3 1.e+3 1.5e+ .e1
.inf -.inf +.inf .Inf .INF .nan .NaN .NAN
2012-10-17 2012-1-7 2012-10-17T00:00:00Z 2001-12-14t21:59:43.10-05:00 1999
123456789012345678901234567890 9223372036854775807 9223372036854775808 -9223372036854775808
10.0.0.0/8 1.2.3 1.2.3.4 v1 e3 1a a1 arn:aws:s3:::b us-east-1 1-2 0.0.0.0/0
= << x<< 0. -0 +0 0.0 -0.0 00.5 09.5 1e 1.5e3.2 12e03.5 0_7 0_8 0x_1F 0b_1
"""
LETTERS = "0123456789_.:+-eExboyn~tTfF"


def texts():
    yield from KNOWN.split()
    choose = random.Random(5)
    for _ in range(3000):
        yield "".join(choose.choice(LETTERS if choose.random() < 0.5 else "0123456789._:-+e") for _ in range(choose.randint(1, 7)))


def read(text):
    """The type and value of a text that is one plain scalar; none of any other."""
    try:
        node = yaml.compose(text, yaml.SafeLoader)
    except yaml.YAMLError:
        return None
    if not isinstance(node, yaml.ScalarNode) or node.style is not None or node.value != text:
        return None
    kind = node.tag.rsplit(":", 1)[1]
    try:
        value = yaml.safe_load(text)
    except (ValueError, yaml.YAMLError):
        # A digit too many, or a number that PyYAML takes for one and cannot read: no reader has a value.
        return None
    if kind in ("int", "bool"):
        return kind, str(value).lower()
    return (kind, repr(value)) if kind == "float" else (kind, text)


def main():
    seen = {}
    for text in texts():
        found = read(text)
        if found:
            seen.setdefault(text, found)
    lines = [f"{text}\t{kind}\t{value}" for text, (kind, value) in sorted(seen.items())]
    whole = "\n".join(lines) + "\n"
    path = pathlib.Path(__file__).with_name("scalars.tsv")
    if "--check" in sys.argv:
        same = path.exists() and path.read_text() == whole
        print("" if same else "scalars.tsv would change")
        return 0 if same else 1
    path.write_text(whole)
    return 0


if __name__ == "__main__":
    sys.exit(main())
