#!/usr/bin/env python3
"""Writes the canonical schemas of types.txt: aws.txt, azure.txt, google.txt.

The facts come from packages that publish the providers' own schemas, unpacked by pip into a temporary folder:
  AWS     cfn-lint                   the CloudFormation registry schemas (resource provider definition schema v1)
  Azure   azure-mgmt-*               models and operations generated from the Azure Resource Manager specifications
  Google  google-api-python-client   the discovery documents of the REST APIs

Usage: generate.py [--packages FOLDER]    (FOLDER: wheels or unpacked packages that are there already)

The format is described in README.md beside this file. Only names, types, enumerations and flags are taken.
"""

import argparse
import ast
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

HERE = pathlib.Path(__file__).parent
MAXIMUM_DEPTH = 14
MAXIMUM_VALUES = 24

AZURE_PACKAGES = """apimanagement appconfiguration appcontainers applicationinsights appplatform authorization automation batch
botservice cdn cognitiveservices compute containerinstance containerregistry containerservice cosmosdb dashboard databricks datafactory
datalake-store dataprotection desktopvirtualization devcenter digitaltwins dns elasticsan eventgrid eventhub fabric frontdoor hdinsight
healthcareapis hybridcompute iothub keyvault kusto loadtesting loganalytics logic machinelearningservices managementgroups maps monitor==6.0.2
msi mysqlflexibleservers netapp network notificationhubs postgresqlflexibleservers privatedns purview rdbms recoveryservices
recoveryservicesbackup redis redisenterprise relay resource resource-deployments resource-deploymentscripts resource-locks resource-policy search security servicebus servicefabric
servicefabricmanagedclusters signalr sql storage storagecache storagesync streamanalytics subscription synapse trafficmanager web
webpubsub""".split()


class Property:
    """One property: a kind (`s n i b j o [ {`), its flags, and what is inside."""

    def __init__(self, kind, inner=None, fields=None, values=None, target=None):
        self.kind, self.inner, self.fields = kind, inner, fields or {}
        self.values, self.target, self.flags = values or [], target, ""

    def flagged(self, flags):
        copy = Property(self.kind, self.inner, self.fields, self.values, self.target)
        copy.flags = "".join(flag for flag in "!=+" if flag in self.flags + flags)
        return copy

    def code(self):
        return self.kind + (self.inner.code() if self.kind in "[{" else "")

    def leaf(self):
        return self.inner.leaf() if self.kind in "[{" else self

    def write(self, name, depth, lines):
        leaf = self.leaf()
        tail = ""
        if leaf.target:
            tail = " @" + leaf.target
        elif leaf.values:
            tail = " |" + "|".join(leaf.values)
        lines.append(" " * depth + f"{name} {self.code()}{self.flags}{tail}")
        for child in sorted(leaf.fields):
            leaf.fields[child].write(child, depth + 1, lines)


ANY = Property("j")


def plain_values(values):
    """Enumerations short enough to check literals against, of texts that fit the format."""
    texts = [value for value in values if isinstance(value, str)]
    fits = len(texts) == len(values) <= MAXIMUM_VALUES and all(re.fullmatch(r"[^|\n]+", text) for text in texts)
    return texts if fits else []


# --- AWS ---------------------------------------------------------------------------------------------------------------------

def aws_schemas(root):
    schemas = root / "cfnlint/data/schemas"
    index = json.loads((schemas / "providers/us-east-1.json").read_text())
    for name, file in index.items():
        yield name, schemas / "resources" / f"{file}.json"


class Aws:
    def __init__(self, path):
        self.schema = json.loads(path.read_text())
        self.read_only = self.paths("readOnlyProperties")
        self.write_only = self.paths("writeOnlyProperties")

    def paths(self, key):
        return {re.sub(r"/properties/|/items", "/", path).replace("//", "/").strip("/").replace("/*", "") for path in self.schema.get(key, [])}

    def resolve(self, node, trail):
        while isinstance(node, dict) and "$ref" in node:
            name = node["$ref"].split("/")[-1]
            if name in trail:
                return None, trail
            trail = trail | {name}
            target = self.schema
            for step in node["$ref"].lstrip("#/").split("/"):
                target = target.get(step, {})
            node = {**target, **{key: value for key, value in node.items() if key != "$ref"}}
        return node, trail

    def property(self, node, trail=frozenset(), path="", depth=0):
        node, trail = self.resolve(node, trail)
        if node is None or depth > MAXIMUM_DEPTH:
            return ANY
        kinds = node.get("type", [])
        kinds = kinds if isinstance(kinds, list) else [kinds]
        target = node.get("format", "") if str(node.get("format", "")).startswith("AWS::") else None
        fields = self.fields(node, trail, path, depth)
        if fields:
            return Property("o", fields=fields)
        if "object" in kinds or "patternProperties" in node:
            patterns = list(node.get("patternProperties", {}).values())
            if len(patterns) == 1 and "string" not in kinds:
                return Property("{", self.property(patterns[0], trail, path, depth + 1))
            return ANY
        if "array" in kinds:
            item = self.property(node.get("items", {}), trail, path, depth + 1)
            if target and item.kind == "s":
                item = Property("s", target=target.removesuffix("s"))  # `AWS::EC2::SecurityGroup.Ids` is a list of ids
            return Property("[", item)
        for kind, code in (("string", "s"), ("boolean", "b"), ("integer", "i"), ("number", "n")):
            if kind in kinds:
                return Property(code, values=plain_values(node.get("enum", [])), target=target)
        return ANY

    def fields(self, node, trail, path, depth):
        found = {}
        parts = [node] + [self.resolve(part, trail)[0] or {} for key in ("oneOf", "anyOf", "allOf") for part in node.get(key, [])]
        for position, part in enumerate(parts):
            for name, child in (part.get("properties") or {}).items():
                inner = f"{path}/{name}".strip("/")
                flags = "!" if position == 0 and name in node.get("required", []) else ""
                flags += "=" if inner in self.read_only else "+" if inner in self.write_only else ""
                made = self.property(child, trail, inner, depth + 1).flagged(flags)
                if name not in found or found[name].kind == "j":
                    found[name] = made
        return found

    def root(self):
        return Property("o", fields=self.fields(self.schema, frozenset(), "", 0))


# --- Azure -------------------------------------------------------------------------------------------------------------------

class AzurePackage:
    """The models and PUT operations of one generated package."""

    def __init__(self, folder):
        self.classes, self.enums, self.bodies = {}, {}, {}
        for file in sorted((folder / "models").glob("*.py")):
            if not file.name.startswith("_patch"):
                self.read_models(ast.parse(file.read_text()))
        for file in sorted((folder / "operations").glob("*.py")):
            if not file.name.startswith("_patch"):
                self.read_operations(file.read_text())
        self.root_type = ""
        self.owners = {models[0]: kind.lower() for kind, (_, _, models) in self.bodies.items()}
        self.children = {}
        for name, (bases, _) in self.classes.items():
            for base in bases:
                self.children.setdefault(base, []).append(name)

    def read_models(self, module):
        for item in module.body:
            if not isinstance(item, ast.ClassDef):
                continue
            bases = [base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "") for base in item.bases]
            if "Enum" in bases or any("Enum" in base for base in bases):
                self.enums[item.name] = [line.value.value for line in item.body if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant)]
            else:
                fields = self.typed_fields(item) or self.mapped_fields(item)
                known = self.classes.get(item.name)
                if not known or len(fields) >= len(known[1]):
                    self.classes[item.name] = (bases, fields)

    @staticmethod
    def typed_fields(item):
        """`name: Optional[str] = rest_field(name="wireName", visibility=["read"])`"""
        fields = {}
        for line in item.body:
            call = getattr(line, "value", None)
            if not (isinstance(line, ast.AnnAssign) and isinstance(call, ast.Call) and getattr(call.func, "id", "") in ("rest_field", "rest_discriminator")):
                continue
            words = {word.arg: word.value for word in call.keywords}
            name = words["name"].value if "name" in words else line.target.id
            visibility = [item.value for item in words["visibility"].elts] if "visibility" in words else []
            kind = ast.unparse(line.annotation)
            flags = "=" if visibility == ["read"] else ""
            flags += "" if kind.startswith("Optional") or "=" in flags else "!"
            fields[name] = (kind.replace('"', "").replace("'", ""), flags)
        return fields

    @staticmethod
    def mapped_fields(item):
        """`_attribute_map = {"name": {"key": "properties.wireName", "type": "[Model]"}}` with `_validation` beside it."""
        tables = {}
        for line in item.body:
            if isinstance(line, ast.Assign) and getattr(line.targets[0], "id", "") in ("_attribute_map", "_validation"):
                tables[line.targets[0].id] = ast.literal_eval(line.value)
        fields = {}
        for name, entry in tables.get("_attribute_map", {}).items():
            rules = tables.get("_validation", {}).get(name, {})
            flags = "=" if rules.get("readonly") else "!" if rules.get("required") else ""
            fields[entry["key"]] = (entry["type"], flags)
        return fields

    def read_operations(self, text):
        urls = {}
        for match in re.finditer(r"^def (build_\w+)\((.*?)(?=^def |^class |\Z)", text, re.M | re.S):
            body = match.group(2)
            url = re.search(r'_url = (?:kwargs\.pop\(\s*"template_url",\s*)?\(?\s*((?:"[^"]*"\s*)+)', body)
            version = re.search(r'"api-version", "(\d{4}-\d\d-\d\d[\w-]*)"', body)
            if url and 'method="PUT"' in body:
                path = "".join(re.findall(r'"([^"]*)"', url.group(1)))
                urls[match.group(1)] = (path, version.group(1) if version else "")
        for match in re.finditer(r"^    def (\w+)\((.*?)(?=^    def |^class |\Z)", text, re.M | re.S):
            call = re.search(r"\b_?request = (build_\w+)\(", match.group(2))
            if not call or call.group(1) not in urls:
                continue
            models = re.findall(r"_models\.(\w+)", match.group(2).split('"""')[0].split("-> ")[0])
            answer = re.findall(r"_models\.(\w+)", match.group(2).split("-> ")[1].split(":\n")[0]) if "-> " in match.group(2) else []
            owner = self.last_public(text, match)
            self.add_body(urls[call.group(1)], models or self.models_of(text, owner), answer or models)

        for match in re.finditer(r"^    def (\w+)\(.*?\1\.metadata = \{'url': '([^']*)'\}", text, re.M | re.S):
            if "_client.put(" in match.group(0):
                version = re.search(r'api_version = "(\d{4}-\d\d-\d\d[\w-]*)"', match.group(0))
                models = re.findall(r"_serialize\.body\(\w+, '(\w+)'\)", match.group(0)) + re.findall(r"_deserialize\('(\w+)', pipeline", match.group(0))
                self.add_body((match.group(2), version.group(1) if version else ""), models[:1], models[1:])

    @staticmethod
    def last_public(text, match):
        return re.sub(r"^_(.*)_initial$", r"begin_\1", match.group(1))

    @staticmethod
    def models_of(text, name):
        found = re.search(rf"^    def {name}\((.*?)-> ", text, re.M | re.S)
        return re.findall(r"_models\.(\w+)", found.group(1)) if found else []

    def add_body(self, url, models, answer):
        path, version = url
        if "/providers/" not in path or not models:
            return
        steps = path.rsplit("/providers/", 1)[1].split("/")
        if "{" in steps[0]:
            return
        name = "/".join([steps[0]] + steps[1::2])
        if "{" in name:
            return
        preview = "preview" in version
        known = self.bodies.get(name)
        if not known or (known[0] and not preview):
            self.bodies[name] = (preview, version, list(dict.fromkeys(models + answer)))

    def model_fields(self, name, trail):
        bases, own = self.classes.get(name, ([], {}))
        fields = {}
        for base in bases:
            if base in self.classes and base not in trail:
                fields.update(self.model_fields(base, trail | {base}))
        fields.update(own)
        return fields

    def object(self, name, trail=frozenset(), depth=0):
        if name in trail or depth > MAXIMUM_DEPTH:
            return ANY
        owner = self.owners.get(name)
        if depth and owner and not owner.startswith(self.root_type + "/"):
            return Property("o", fields={"id": Property("s")})  # another resource, named by its id
        trail = trail | {name}
        found = {}
        for model in [name] + self.descendants(name):
            for wire, (kind, flags) in self.model_fields(model, frozenset()).items():
                flags = flags if model == name else flags.replace("!", "")
                self.place(found, wire, self.property(kind, trail, depth + 1).flagged(flags))
        return Property("o", fields=found) if found else ANY

    def descendants(self, name):
        direct = self.children.get(name, [])
        if len(direct) > 40 or name in ("_Model", "Model", "Resource", "ProxyResource", "TrackedResource"):
            return []
        return [inner for child in direct for inner in [child] + self.descendants(child)]

    @staticmethod
    def place(fields, wire, made):
        steps = re.split(r"(?<!\\)\.", wire)
        for step in steps[:-1]:
            holder = fields.setdefault(step, Property("o"))
            if holder.kind != "o":
                return
            fields = holder.fields
        name = steps[-1].replace("\\.", ".").lstrip("@") if steps[-1].startswith("@") else steps[-1].replace("\\.", ".")
        fields.setdefault(name, made)

    def property(self, kind, trail, depth):
        kind = kind.strip()
        for pattern in (r"Optional\[(.*)\]", r"Union\[str, (.*)\]"):
            match = re.fullmatch(pattern, kind, re.S)
            if match:
                return self.property(match.group(1), trail, depth)
        match = re.fullmatch(r"(?:list|List)\[(.*)\]", kind, re.S) or re.fullmatch(r"\[(.*)\]", kind)
        if match:
            return Property("[", self.property(match.group(1), trail, depth))
        match = re.fullmatch(r"(?:dict|Dict)\[str, (.*)\]", kind, re.S) or re.fullmatch(r"\{(.*)\}", kind)
        if match:
            return Property("{", self.property(match.group(1), trail, depth))
        name = kind.split(".")[-1]
        if name in self.enums:
            return Property("s", values=plain_values(self.enums[name]))
        if name in self.classes:
            return self.object(name, trail, depth)
        code = {"str": "s", "bool": "b", "int": "i", "long": "i", "float": "n", "datetime": "s", "bytes": "s", "bytearray": "s",
                "iso-8601": "s", "duration": "s", "timedelta": "s", "date": "s", "time": "s", "decimal": "n"}.get(name)
        return Property(code) if code else ANY


def azure_packages(root):
    for folder in sorted((root / "azure/mgmt").rglob("models")):
        if "aio" not in folder.parts and (folder.parent / "operations").is_dir():
            yield folder.parent


def azure_types(root):
    """Type to (is a preview, version, property); stable before preview, then newest."""
    found = {}
    for folder in azure_packages(root):
        package = AzurePackage(folder)
        dated = re.search(r"v(\d{4})_(\d\d)_(\d\d)", folder.name)
        for name, (preview, version, models) in package.bodies.items():
            version = version or ("-".join(dated.groups()) if dated else "")
            rank = (not preview, version)
            if name.lower() in found and found[name.lower()][0] >= rank:
                continue
            merged = {}
            package.root_type = name.lower()
            for model in models:
                merge(merged, package.object(model).fields)
            merged.setdefault("name", Property("s").flagged("="))
            for extra, code in (("location", "s"), ("id", "s"), ("type", "s")):
                merged.setdefault(extra, Property(code))
            found[name.lower()] = (rank, name, Property("o", fields=merged))
    return {name: (rank[1], made) for rank, name, made in found.values()}


def merge(into, fields):
    for name, made in fields.items():
        if name not in into:
            into[name] = made
        elif into[name].kind == "o" and made.kind == "o":
            inner = dict(into[name].fields)
            merge(inner, made.fields)
            flags = into[name].flags
            into[name] = Property("o", fields=inner).flagged(flags)


# --- Google ------------------------------------------------------------------------------------------------------------------

class Google:
    """One discovery document; `type = service.googleapis.com/Schema` as Cloud Asset Inventory names resources."""

    def __init__(self, path):
        self.schemas = json.loads(path.read_text())["schemas"]

    def property(self, node, trail, depth):
        if "$ref" in node:
            name = node["$ref"]
            if name in trail or depth > MAXIMUM_DEPTH:
                return ANY
            return self.object(name, trail | {name}, depth)
        kind = node.get("type")
        if kind == "array":
            return Property("[", self.property(node["items"], trail, depth))
        if kind == "object" and "properties" in node:
            return Property("o", fields=self.fields(node["properties"], trail, depth))
        if kind == "object" and "additionalProperties" in node:
            return Property("{", self.property(node["additionalProperties"], trail, depth))
        code = {"string": "s", "boolean": "b", "integer": "i", "number": "n"}.get(kind, "j")
        if node.get("format") in ("int64", "uint64"):
            code = "i"
        return Property(code, values=plain_values(node.get("enum", [])))

    def fields(self, properties, trail, depth):
        return {name: self.property(child, trail, depth + 1).flagged("=" if child.get("readOnly") else "") for name, child in properties.items()}

    def object(self, name, trail=frozenset(), depth=0):
        fields = self.fields(self.schemas[name].get("properties", {}), trail, depth)
        return Property("o", fields=fields) if fields else ANY


def google_root(documents, line):
    """A line of types.txt: `storage.googleapis.com/Bucket storage.v1 Bucket` (document and schema where they differ)."""
    parts = line.split()
    service, name = parts[0].split(".googleapis.com/")
    document = parts[1] if len(parts) > 1 else newest(documents, service)
    schema = parts[2] if len(parts) > 2 else name
    google = Google(documents / f"{document}.json")
    if schema not in google.schemas:
        sys.exit(f"{line}: {document} has no schema {schema}")
    root = google.object(schema)
    policy = Property("o", fields={
        "bindings": Property("[", Property("o", fields={"role": Property("s"), "members": Property("[", Property("s")), "condition": ANY})),
        "auditConfigs": Property("[", Property("o", fields={
            "service": Property("s"),
            "auditLogConfigs": Property("[", Property("o", fields={"logType": Property("s"), "exemptedMembers": Property("[", Property("s"))})),
        })),
    })
    root.fields.setdefault("iamPolicy", policy)
    return parts[0], root


def newest(documents, service):
    found = [path.stem for path in documents.glob(f"{service}.v*.json")]
    stable = [stem for stem in found if re.fullmatch(rf"{service}\.v\d+", stem)]
    if not found:
        sys.exit(f"no discovery document of {service}")
    return sorted(stable or found)[-1]


# --- the files ---------------------------------------------------------------------------------------------------------------

def unpack(folder, given):
    wheels = list(given.glob("*.whl")) if given else []
    if not given:
        names = ["cfn-lint", "google-api-python-client"] + [f"azure-mgmt-{name}" for name in AZURE_PACKAGES]
        for name in names:
            subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder / "wheels", name], check=True)
        wheels = list((folder / "wheels").glob("*.whl"))
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder / "packages")
    return folder / "packages"


def write(file, roots):
    lines = []
    for name in sorted(roots):
        lines.append(name)
        root = roots[name]
        for child in sorted(root.fields):
            root.fields[child].write(child, 1, lines)
    (HERE / file).write_text("\n".join(lines) + "\n")
    print(f"{file}: {len(roots)} types, {len(lines)} lines")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--packages", type=pathlib.Path)
    options = parser.parse_args()
    wanted = [line.strip() for line in (HERE / "types.txt").read_text().splitlines() if line.strip() and not line.startswith("#")]
    with tempfile.TemporaryDirectory() as folder:
        root = unpack(pathlib.Path(folder), options.packages)
        aws = {name: Aws(path).root() for name, path in aws_schemas(root) if name in wanted}
        write("aws.txt", aws)
        azure = azure_types(root)
        by_lower = {name.lower(): name for name in azure}
        chosen = {name: by_lower[name.lower()] for name in wanted if name.lower() in by_lower and "::" not in name}
        write("azure.txt", {f"{name} {azure[known][0]}": azure[known][1] for name, known in chosen.items()})
        documents = root / "googleapiclient/discovery_cache/documents"
        write("google.txt", dict(google_root(documents, line) for line in wanted if ".googleapis.com/" in line))
    names = {line.split()[0] for line in wanted if ".googleapis.com/" not in line}
    missing = sorted(name for name in names if name not in aws and name not in chosen)
    if missing:
        print("no schema: " + ", ".join(missing), file=sys.stderr)


if __name__ == "__main__":
    main()
