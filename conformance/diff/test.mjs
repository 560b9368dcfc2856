// Makes each prepared change on a copy of the contract and looks how it is rated; shows the tables of some.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse, stringify } from "yaml";
import { classify } from "./classify.mjs";
import { changes } from "./fixtures/changes.mjs";
import { allows, needed } from "./version.mjs";

assert.equal(needed("breaking", "0.1.0"), "0.2.0");
assert.equal(needed("breaking", "1.4.2"), "2.0.0");
assert.equal(needed("additive", "0.1.0"), "0.1.1");
assert.equal(needed("additive", "1.4.2"), "1.5.0");
assert.equal(needed("meaning", "1.4.2"), "1.5.0");
assert.equal(needed("editorial", "1.4.2"), "1.4.3");
assert.equal(allows("0.1.0", "0.1.9", "breaking"), false);
assert.equal(allows("0.1.9", "0.2.0", "breaking"), true);
assert.equal(allows("0.1.0", "1.0.0", "breaking"), true);
assert.equal(allows("1.4.2", "1.9.0", "breaking"), false);
assert.equal(allows("1.4.2", "2.0.0", "breaking"), true);

const contract = readFileSync(new URL("../../openapi.yaml", import.meta.url), "utf8");
assert.deepEqual(classify(contract, contract), []);

const copy = (change) => {
  const api = parse(contract);
  change(api);
  return stringify(api);
};
const reordered = copy((api) => {
  const { schemas } = api.components;
  api.components.schemas = Object.fromEntries(Object.entries(schemas).reverse());
});
assert.deepEqual(classify(contract, reordered), []);

let wrong = 0;
for (const { kind, name, change } of changes) {
  const rated = classify(contract, copy(change))[0]?.kind ?? "no change";
  if (rated !== kind) wrong += 1;
  console.log(`${rated === kind ? "ok   " : "WRONG"} ${rated.padEnd(10)} ${name}${rated === kind ? "" : `, which is ${kind}`}`);
}
console.log(`${changes.length} prepared changes, ${wrong} rated wrong`);
assert.equal(wrong, 0);

// The program, as CI runs it: what it prints, and how it ends.
const folder = mkdtempSync(join(tmpdir(), "contract-diff-test-"));
const confirmations = join(folder, "confirmed.txt");
writeFileSync(confirmations, "");
function program(name, version) {
  const { change } = changes.find((prepared) => prepared.name === name);
  const files = ["released.yaml", "openapi.yaml"].map((file) => join(folder, file));
  writeFileSync(files[0], copy((api) => (api.info.version = "0.1.0")));
  writeFileSync(files[1], copy((api) => (change(api), (api.info.version = version))));
  const script = fileURLToPath(new URL("contract-diff.mjs", import.meta.url));
  const run = spawnSync(process.execPath, [script, ...files], {
    encoding: "utf8",
    cwd: folder,
    env: { ...process.env, CONTRACT_DIFF_CONFIRMED: confirmations },
  });
  console.log(`\n$ contract-diff, after: ${name}\n${run.stdout}${run.stderr}exit code ${run.status}`);
  return run;
}
try {
  const gone = program("a form field goes", "0.1.0");
  assert.match(gone.stdout, /In all: breaking\. The next version is 0\.2\.0/);
  assert.equal(gone.status, 1);
  assert.equal(program("a form field goes", "0.2.0").status, 0);
  const added = program("an optional field of a reply", "0.1.0");
  assert.match(added.stdout, /In all: additive\./);
  assert.equal(added.status, 0);
  const means = program("a code means another thing", "0.1.0");
  assert.match(means.stdout, /In all: meaning\./);
  assert.equal(means.status, 1);
  const [line] = means.stdout.trim().split("\n").slice(-1);
  assert.match(line, /^[0-9a-f]{16} components schemas VendorCode description$/);
  writeFileSync(confirmations, line);
  assert.equal(program("a code means another thing", "0.1.0").status, 0);
  assert.equal(program("a code goes from the table", "0.1.0").status, 1);
  const told = program("another text", "0.1.0");
  assert.match(told.stdout, /In all: editorial\./);
  assert.equal(told.status, 0);
} finally {
  rmSync(folder, { recursive: true });
}
