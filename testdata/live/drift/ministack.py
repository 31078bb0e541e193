#!/usr/bin/env python3
"""Deploys stack.yaml to an emulator on loopback, opens it behind its back, and checks what Palisade tells.

Usage: ministack.py PALISADE      (the binary; needs the packages `ministack` and `botocore`)

MiniStack stands in for AWS: what it gets wrong is not Palisade's to find, so the script only changes what it reads back right.
"""

import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

import botocore.session

HERE = pathlib.Path(__file__).resolve().parent
REGION = "eu-west-1"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(port):
    command = [sys.executable, "-m", "hypercorn", "ministack.app:app", "--bind", f"127.0.0.1:{port}", "--keep-alive", "75"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return process
        time.sleep(0.2)
    process.kill()
    sys.exit("the emulator does not answer")


def palisade(binary, endpoint, *arguments):
    environment = {
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION, "AWS_ENDPOINT_URL": endpoint,
        "AWS_EC2_METADATA_DISABLED": "true", "PATH": os.environ["PATH"], "HOME": tempfile.gettempdir(),
    }
    ran = subprocess.run([binary, *arguments], cwd=HERE, env=environment, capture_output=True, text=True, timeout=60)
    print(f"$ palisade {' '.join(arguments)}   [{ran.returncode}]\n{ran.stderr}", end="")
    return ran


def drift(binary, endpoint):
    ran = palisade(binary, endpoint, "drift", "stack.yaml", "--stack", "demo", "--output-format", "json")
    return ran.returncode, json.loads(ran.stdout)


def line_of(text):
    lines = (HERE / "stack.yaml").read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def expect(what, truth):
    print(f"{'ok' if truth else 'FAILED'}: {what}")
    return truth


def open_everything(client):
    block = {"BlockPublicAcls": False, "BlockPublicPolicy": False, "IgnorePublicAcls": False, "RestrictPublicBuckets": False}
    client("s3").put_public_access_block(Bucket="palisade-logs", PublicAccessBlockConfiguration=block)
    group = client("ec2").describe_security_groups(Filters=[{"Name": "group-name", "Values": ["web"]}])["SecurityGroups"][0]
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    client("ec2").authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[rule])


def main():
    binary, port = str(pathlib.Path(sys.argv[1]).resolve()), free_port()
    endpoint = f"http://127.0.0.1:{port}"
    session = botocore.session.get_session()
    session.set_credentials("test", "test")
    server = start(port)
    try:
        client = lambda service: session.create_client(service, region_name=REGION, endpoint_url=endpoint)
        client("cloudformation").create_stack(StackName="demo", TemplateBody=(HERE / "stack.yaml").read_text())
        time.sleep(1)
        collected = json.loads(palisade(binary, endpoint, "live", "collect", "--stack", "demo").stdout)
        types = {resource["resource_type"] for resource in collected["resources"]}
        passed = [expect("four types are collected", len(types) == 4), expect("nothing is denied", not collected["denied"])]
        status, before = drift(binary, endpoint)
        passed.append(expect("a fresh stack has no drift", status == 0 and not before["drifts"]))
        open_everything(client)
        status, after = drift(binary, endpoint)
        changed = {(one["resource"], one["path"]): one["place"] for one in after["drifts"]}
        place = changed.get(("Logs", "PublicAccessBlockConfiguration.BlockPublicAcls"))
        passed.append(expect("the opened bucket is told at the template's line", place and place["line"] == line_of("BlockPublicAcls: true")))
        passed.append(expect("the added rule is told", ("Web", "SecurityGroupIngress") in changed))
        failing = {(one["rule_id"], one["resource"]) for one in after["regressions"]}
        passed.append(expect("rules that fail only as deployed are told", ("aws-ec2-security-group-ssh-open", "Web") in failing))
        passed.append(expect("drift is exit status 1", status == 1))
        if not all(passed):
            print(json.dumps(after, indent=1))
            sys.exit(1)
    finally:
        server.kill()


if __name__ == "__main__":
    main()
