#!/usr/bin/env python3
"""Circles of imports between the Rust files of each workspace member.

An arrow leads from the file that names an item to the file that defines it: `use` declarations and inline
paths that begin with `crate`, `self`, `super` or a child module, followed through re-exports. `mod x;` and
re-exports alone are no arrow, and test modules are left out. Exit status 1 if there is a circle.
"""

import re
import sys
from pathlib import Path

TOKEN = re.compile(r"[A-Za-z_][A-Za-z_0-9]*|::|[{}(),;*#\[\]=<>!&'\"|:.+?-]")
LITERALS = re.compile(r'//[^\n]*|/\*.*?\*/|r#"(?:.*?)"#|b?"(?:\\.|[^"\\])*"|b?\'(?:\\.[^\']*|[^\\\'])\'', re.S)
DEFINES = re.compile(
    r"\b(?:fn|struct|enum|union|trait|type|const|static|macro_rules!)\s+(?:mut\s+)?([A-Za-z_][A-Za-z_0-9]*)"
)


class Module:
    """One module: its file, its items, its children and what it imports under which name."""

    def __init__(self, path, file, text):
        self.path, self.file, self.text = path, file, text
        self.children, self.uses = {}, {}
        self.items = set(DEFINES.findall(text))


def without_tests(text):
    """`text` without comments, literals and `#[cfg(test)]` items."""
    text = LITERALS.sub(" ", text)
    out = []
    while True:
        start = text.find("#[cfg(test)]")
        if start < 0:
            return "".join(out) + text
        out.append(text[:start])
        rest = text[start + len("#[cfg(test)]") :]
        semicolon, brace = rest.find(";"), rest.find("{")
        if brace < 0 or -1 < semicolon < brace:
            text = rest[semicolon + 1 :]
            continue
        text = rest[block_end(rest, brace) + 1 :]


def block_end(text, brace):
    """Where the block that opens at `brace` ends."""
    depth = 0
    for at in range(brace, len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return at
    return len(text)


def without_inline_modules(text):
    """`text` without `mod x { … }`, and (x, …) of each."""
    found = []
    while opening := re.search(r"\bmod\s+([A-Za-z_0-9]+)\s*\{", text):
        end = block_end(text, opening.end() - 1)
        found.append((opening[1], text[opening.end() : end]))
        text = text[: opening.start()] + text[end + 1 :]
    return text, found


def use_trees(text):
    """(path, name, is a re-export) of each leaf of each `use` declaration."""

    def leaves(tokens, prefix):
        path = list(prefix)
        while tokens:
            token = tokens.pop(0)
            if token == "{":
                while tokens and tokens[0] != "}":
                    yield from leaves(tokens, path)
                    if tokens and tokens[0] == ",":
                        tokens.pop(0)
                if tokens:
                    tokens.pop(0)
                return
            if token == "as":
                yield tuple(path), tokens.pop(0)
                return
            if token in {",", "}"}:
                tokens.insert(0, token)
                break
            if token != "::":
                path.append(token)
        if path and path[-1] == "self":
            path.pop()
        if len(path) > len(prefix) or not prefix:
            yield tuple(path), path[-1] if path else ""

    for found in re.finditer(r"(\bpub(?:\([^)]*\))?\s+)?\buse\s+([^;]+);", text):
        for path, name in leaves(TOKEN.findall(found[2]), []):
            yield path, name, bool(found[1])


def read(root):
    """All modules below the crate root `root`, by path."""
    modules = {}

    def add(path, file, text):
        text, inline_modules = without_inline_modules(text)
        module = modules[path] = Module(path, file, text)
        folder = file.parent if file.stem in {"mod", "lib", "main"} and path == () or file.stem == "mod" else file.parent / file.stem
        for name in re.findall(r"\bmod\s+([A-Za-z_0-9]+)\s*;", text):
            for child in (folder / f"{name}.rs", folder / name / "mod.rs"):
                if child.exists():
                    module.children[name] = add(path + (name,), child, without_tests(child.read_text()))
        for name, body in inline_modules:
            module.children[name] = add(path + (name,), file, body)
        for path_used, name, exported in use_trees(text):
            module.uses[name] = (path_used, exported)
        return module

    add((), root, without_tests(root.read_text()))
    return modules


def resolve(modules, here, path, depth=0):
    """The file that defines what `path` names in module `here`; `None` outside of the crate."""
    if not path or depth > 20:
        return None
    at, rest = here, list(path)
    if rest[0] == "crate":
        at, rest = (), rest[1:]
    while rest and rest[0] in {"self", "super"}:
        at = at[:-1] if rest.pop(0) == "super" else at
    for position, name in enumerate(rest):
        module = modules.get(at)
        if module is None:
            return None
        if name in module.children:
            at += (name,)
            continue
        if name in module.items:
            return module.file
        if name in module.uses:
            target, _ = module.uses[name]
            first = target[0] if target else ""
            local = first in {"crate", "self", "super"} or first in module.children
            if local and tuple(target) != tuple(path):
                return resolve(modules, at, tuple(target) + tuple(rest[position + 1 :]), depth + 1)
            return None
        for name_used, (target, exported) in module.uses.items():  # a glob
            if name_used == "*" and exported:
                return resolve(modules, at, tuple(target[:-1]) + tuple(rest[position:]), depth + 1)
        return module.file if position or path[0] in {"crate", "self", "super"} else None
    module = modules.get(at)
    return module.file if module and path != ("crate",) else None


def arrows(modules):
    """{file: files that it imports from}."""
    found = {module.file: set() for module in modules.values()}
    for module in modules.values():
        named = [path for path, _, exported in use_trees(module.text) if not exported]
        body = re.sub(r"\buse\s+[^;]+;", " ", module.text)
        named += [tuple(path.split("::")) for path in re.findall(r"\b(?:[a-z_0-9]+::)+[A-Za-z_0-9]+", body)]
        for path in named:
            if path[0] in {"crate", "self", "super"} or path[0] in module.children:
                target = resolve(modules, module.path, path)
            elif path[0] in module.uses and module.uses[path[0]][0][:1] and module.uses[path[0]][0][0] in {"crate", "self", "super"}:
                target = resolve(modules, module.path, module.uses[path[0]][0] + tuple(path[1:]))
            else:
                continue
            if target and target != module.file:
                found[module.file].add(target)
    return found


def circles(graph):
    """Strongly connected components of more than one file (Tarjan)."""
    index, low, stack, on, out = {}, {}, [], set(), []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        on.add(node)
        for other in graph.get(node, ()):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in on:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            component = []
            while True:
                other = stack.pop()
                on.discard(other)
                component.append(other)
                if other == node:
                    break
            if len(component) > 1:
                out.append(sorted(component))

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return out


def self_test():
    """A planted circle is found, and a re-export is followed to the file that defines the name."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "lib.rs"
        root.write_text("mod a; mod b; mod c;\npub use a::A;\n")
        (root.parent / "a.rs").write_text("use crate::b::B;\npub struct A(B);\n#[cfg(test)]\nmod tests { use crate::c::C; }\n")
        (root.parent / "b.rs").write_text("pub struct B;\nfn f(_: &crate::A) {}\n")
        (root.parent / "c.rs").write_text("use crate::A;\npub struct C(A);\n")
        found = circles(arrows(read(root)))
        names = [[file.name for file in circle] for circle in found]
        assert names == [["a.rs", "b.rs"]], names


def main():
    self_test()
    sys.setrecursionlimit(10_000)
    total = 0
    for root in sys.argv[1:]:
        graph = arrows(read(Path(root)))
        found = circles(graph)
        total += len(found)
        print(f"{root}: {len(graph)} files, {sum(map(len, graph.values()))} arrows, {len(found)} circles")
        for circle in found:
            for file in circle:
                for target in sorted(graph[file] & set(circle)):
                    print(f"  {file} -> {target}")
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
