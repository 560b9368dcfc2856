#!/usr/bin/env python3
"""Builds the documentation of the packaged crate, away from the repository, and follows each link of each page.

As on docs.rs, rustdoc gets the addresses of the pages of the other crates.

A relative link must lead to a file, and its fragment to an element of that page. An absolute one must lead to a host
that is known here; nothing is asked over the network. One to docs.rs' view of this package must name a file in it.
"""

import os
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).parent.parent
FEATURES = "blocking,http2,httpmock,watch,schemars,jiff,chrono,time"
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).absolute()
SOURCE = "https://docs.rs/crate/thordata-cdk/latest/source/"
# Of crates that are not built here rustdoc and the authors link to docs.rs.
HOSTS = {
    "docs.rs",
    "doc.rust-lang.org",
    "blog.rust-lang.org",
    "doc.thordata.com",
    "api.thordata.com",
    "openapi.thordata.com",
    "spdx.org",
    "rust-lang.github.io",
    "github.com",
}


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.links, self.ids = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        for name in ("id", "name"):
            if attributes.get(name):
                self.ids.add(unquote(attributes[name]))
        for name in ("href", "src"):
            if attributes.get(name):
                self.links.append(attributes[name])


def packaged(folder):
    run = ["cargo", "package", "--quiet", "--no-verify", "--allow-dirty", "-p", "thordata-cdk"]
    for old in (TARGET / "package").glob("thordata-cdk-[0-9]*.crate"):
        old.unlink()
    subprocess.run(run, cwd=ROOT, check=True)
    (crate,) = (TARGET / "package").glob("thordata-cdk-[0-9]*.crate")
    with tarfile.open(crate) as archive:
        archive.extractall(folder, filter="data")
    return folder / crate.name.removesuffix(".crate")


def roots(package):
    """Where docs.rs shows each crate of the lock file."""
    for crate in tomllib.loads((package / "Cargo.lock").read_text())["package"]:
        name, version = crate["name"], crate["version"]
        yield f"--extern-html-root-url {name.replace('-', '_')}=https://docs.rs/{name}/{version}"


def dead(link, page, pages, package):
    """Why the link leads nowhere, or nothing."""
    if link.startswith(SOURCE):
        name = link.removeprefix(SOURCE)
        return None if (package / name).is_file() else "the package has no such file"
    parts = urlsplit(link)
    if parts.scheme in ("http", "https"):
        return None if parts.hostname in HOSTS else "the host is not known to tools/docs_links.py"
    if parts.scheme:
        return None if parts.scheme in ("javascript", "data", "mailto") else "the scheme is not known"
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if target.is_dir():
        target /= "index.html"
    if not target.is_file():
        return "there is no such file"
    # Lines of sources, and settings of rustdoc's own pages.
    if parts.fragment and target in pages and not re.fullmatch(r"[0-9-]+", parts.fragment):
        return None if unquote(parts.fragment) in pages[target].ids else "the page has no such place"
    return None


def main():
    with tempfile.TemporaryDirectory() as name:
        package = packaged(Path(name).resolve())
        doc = ["cargo", "doc", "--quiet", "--no-deps", "--features", FEATURES, "--target-dir", TARGET]
        # A place of its own: the pages of the workspace stay.
        doc[-1] = str(TARGET / "docs-links")
        flags = ["-D warnings", "-Z unstable-options", *roots(package)]
        environment = os.environ | {
            "RUSTDOC": str(ROOT / "tools/rustdoc-with-unstable"),
            "RUSTDOCFLAGS": " ".join(flags),
        }
        subprocess.run(doc, cwd=package, env=environment, check=True)
        out = TARGET / "docs-links/doc"
        # Not rustdoc's own, such as the help, which lead to the index of a whole site.
        pages = {path.resolve(): Page(path.read_text()) for path in (out / "thordata_cdk").rglob("*.html")}
        links = failed = 0
        for path, page in sorted(pages.items()):
            for link in page.links:
                links += 1
                if why := dead(link, path, pages, package):
                    failed += 1
                    print(f"{path.relative_to(out.resolve())}: {link}: {why}")
        # Markdown that rustdoc did not take for a link.
        front = (out / "thordata_cdk/index.html").read_text()
        left = re.findall(r"\[[a-z-]+\]\[[a-z-]+\]", front)
        failed += len(left)
        print(f"{len(pages)} pages, {links} links, dead {failed}")
        if failed or len(pages) < 50 or links < 5000:
            sys.exit(1)


if __name__ == "__main__":
    main()
