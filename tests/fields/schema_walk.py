"""The fields that a JSON Schema declares, each once, by the name of its definition."""
import re

ID = re.compile(r"\^\(\?!note\$\).*\$$")


def fields(schema):
    """{"Call.timeout", "sites.*.region", ...}: a definition's name or the way from the root, then the key; "*" for any id."""
    definitions = schema.get("$defs", {})
    found, seen = set(), set()

    def visit(node, way):
        if "$ref" in node:
            name = node["$ref"].split("/")[-1]
            if name not in seen:
                seen.add(name)
                visit(definitions[name], name)
            return
        for key in ("oneOf", "anyOf", "allOf"):
            for part in node.get(key, []):
                visit(part, way)
        if "then" in node:
            visit(node["then"], way)
        for key, part in node.get("properties", {}).items():
            name = key if not way else f"{way}.{key}"
            found.add(name)
            visit(part, name)
        for key, part in node.get("patternProperties", {}).items():
            family = "*" if ID.match(key) else key
            name = f"{way}.{family}"
            if family != "*":
                found.add(name)
            visit(part, name)
        for key in ("items", "additionalProperties"):
            if isinstance(node.get(key), dict):
                visit(node[key], way)

    visit(schema, "")
    return found
