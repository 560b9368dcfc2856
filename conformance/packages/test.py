#!/usr/bin/env python3
"""Installs each package that build.py made into an empty project, and uses it there as a stranger would."""

import json
import os
import re
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
KIT = HERE.parent
ROOT = KIT.parent
DIST = ROOT / "target/packages/dist"


def built(pattern):
    (found,) = DIST.glob(pattern)
    return found


def output(*command, cwd, env=None):
    # Nothing of this repository may be found by accident.
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "NODE_PATH")}
    done = subprocess.run([str(part) for part in command], cwd=cwd, env=clean | (env or {}), stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{command} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def venv(folder, wheel):
    output("python3", "-m", "venv", folder / "venv", cwd=folder)
    output(folder / "venv/bin/pip", "install", "--quiet", "--disable-pip-version-check", built(wheel), cwd=folder)
    return folder / "venv/bin"


def project(folder, *packages):
    (folder / "package.json").write_text('{ "private": true, "type": "module" }')
    output("npm", "install", "--no-audit", "--no-fund", "--loglevel=error", *packages, cwd=folder)


def example(readme, language):
    """The first example of a page."""
    return re.search(rf"```{language}\n(.*?)```", readme.read_text(), re.DOTALL)[1]


def start(program):
    """The sandbox of the wheel, and its exports."""
    process = subprocess.Popen([program, "--port", "0"], stdout=subprocess.PIPE, text=True)
    exports = {}
    for line in process.stdout:
        if found := re.match(r"export (\w+)=(\S+)", line):
            exports[found[1]] = found[2]
        if "THORDATA_CDK_BASE_URL" in exports:
            return process, exports
    raise SystemExit("the sandbox of the wheel did not start")


def contract_on_pypi(folder, _):
    python = venv(folder, "thordata_cdk_contract-*.whl") / "python"
    code = """
import thordata_cdk_contract as contract
print(contract.load("openapi.json")["info"]["version"], len(contract.load("error-codes.json")))
print(contract.path("openapi.yaml").read_text().split()[1], contract.load("fixtures/create.json")["msg"])
print(sum(len(contract.load(f"cases/{path.name}")["cases"]) for path in contract.path("cases").iterdir()))
"""
    return output(python, "-c", code, cwd=folder).split()


def contract_on_npm(folder, _):
    project(folder, built("thordata-cdk-contract-*.tgz"))
    (folder / "use.mjs").write_text("""
import { createRequire } from "node:module";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
const require = createRequire(import.meta.url);
const load = (name) => require(`thordata-cdk-contract/${name}`);
console.log(load("openapi.json").info.version, load("error-codes.json").length);
const yaml = readFileSync(require.resolve("thordata-cdk-contract/openapi.yaml"), "utf8");
console.log(yaml.split(/\\s/)[1], load("fixtures/create.json").msg);
const cases = join(dirname(require.resolve("thordata-cdk-contract/openapi.yaml")), "cases");
console.log(readdirSync(cases).reduce((sum, name) => sum + load(`cases/${name}`).cases.length, 0));
""")
    return output("node", "use.mjs", cwd=folder).split()


def contract_is_whole():
    cases = sum(len(json.loads(path.read_text())["cases"]) for path in (KIT / "cases").iterdir())
    version = json.loads((ROOT / "openapi.json").read_text())["info"]["version"]
    return [version, "34", "3.0.3", "ok", str(cases)]


EXAMPLE = ["2 vouchers", "1", "[3, 1]"]


def python_client(folder, exports):
    python = venv(folder, "thordata_cdk-*.whl") / "python"
    (folder / "use.py").write_text(example(KIT / "python/README.md", "python"))
    output(python, "-c", "from thordata_cdk import AsyncClient, Cdk, CdkDetails, InvalidInput", cwd=folder)
    return statuses(output(python, "use.py", cwd=folder, env=exports))


def typescript_client(folder, exports):
    project(folder, built("thordata-cdk-[0-9]*.tgz"), "typescript@5.9.3", "@types/node@20.19.43")
    (folder / "use.mjs").write_text(example(KIT / "typescript/README.md", "js"))
    (folder / "typed.ts").write_text("""
import { CdkClient, CdkError, type Outcome, type components } from "thordata-cdk";
const client = new CdkClient({ token: "t", key: "k" });
export const codes: Promise<string[]> = client.create({ flow: 3, num: 2 });
export const outcome = (error: CdkError): Outcome => error.outcome;
export const first = (reply: components["schemas"]["CreateCdksReply"]) => (reply.code === 200 ? reply.data.cdk[0] : reply.code);
""")
    tsc = ["npx", "tsc", "--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "typed.ts"]
    output(*tsc, cwd=folder)
    return statuses(output("node", "use.mjs", cwd=folder, env=exports))


def statuses(printed):
    """What the example prints; the list has no documented order."""
    *lines, last = printed.splitlines()
    return [*lines, str(sorted(json.loads(last), reverse=True))]


def main():
    whole = contract_is_whole()
    uses = {
        "contract on PyPI": (contract_on_pypi, whole),
        "contract on npm": (contract_on_npm, whole),
        "Python client": (python_client, EXAMPLE),
        "TypeScript client": (typescript_client, EXAMPLE),
    }
    wrong = 0
    with tempfile.TemporaryDirectory() as sandbox_folder:
        program = venv(Path(sandbox_folder), "thordata_cdk_sandbox-*.whl") / "thordata-cdk-sandbox"
        for name, (use, expected) in uses.items():
            process, exports = start(program)
            try:
                with tempfile.TemporaryDirectory() as folder:
                    found = use(Path(folder), exports)
            finally:
                process.kill()
            wrong += found != expected
            print(f"{name}: {'installed and used' if found == expected else f'says {found}, not {expected}'}")
        print("sandbox as a wheel: installed and used")
    print(f"{len(uses) + 1 - wrong} passed, {wrong} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
