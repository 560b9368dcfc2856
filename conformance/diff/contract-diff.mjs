// Rates the changes of the contract: breaking, of its meaning, additive or editorial, as a table for the reviewer.
//
//     node contract-diff.mjs [BASE [REVISION]]
//
// BASE is a commit, branch or tag, or a file; left out, released.yaml. REVISION is a file; left out, the
// contract of the working tree. Ends with 1 on a breaking change without a major version, and on a change of
// meaning that confirmed.txt does not name; with 2 if it cannot tell.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { classify } from "./classify.mjs";
import { allows, needed } from "./version.mjs";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const show = (path) => relative(process.cwd(), path) || path;

function contractAt(base) {
  if (existsSync(base)) return { name: show(base), text: readFileSync(base, "utf8") };
  const args = ["show", `${base}:openapi.yaml`];
  const options = { encoding: "utf8", cwd: here("../.."), stdio: ["ignore", "pipe", "pipe"] };
  return { name: `${base}:openapi.yaml`, text: execFileSync("git", args, options) };
}

/** released.yaml is what the last release held. Its tag says so too, where the clone has it. */
function checkReleased({ text }) {
  const tag = `v${parse(text).info.version}`;
  const known = execFileSync("git", ["tag", "--list", tag], { encoding: "utf8", cwd: here("../..") }).trim();
  if (known === "") console.log(`This clone has no tag ${tag}: released.yaml is taken at its word.`);
  else if (contractAt(tag).text !== text) throw new Error(`released.yaml is not the contract of ${tag}`);
}

function table(rows) {
  const heads = { kind: "kind", where: "where", what: "what" };
  const width = (column) => Math.max(...[heads, ...rows].map((row) => row[column].length));
  const line = (row) => `| ${row.kind.padEnd(width("kind"))} | ${row.where.padEnd(width("where"))} | ${row.what} |`;
  const rule = `|${"-".repeat(width("kind") + 2)}|${"-".repeat(width("where") + 2)}|------|`;
  return [line(heads), rule, ...rows.map(line)].join("\n");
}

function main([baseName = here("released.yaml"), revisionName = here("../../openapi.yaml")]) {
  const base = contractAt(baseName);
  if (base.name === show(here("released.yaml"))) checkReleased(base);
  const revision = { name: show(revisionName), text: readFileSync(revisionName, "utf8") };
  const [before, after] = [base, revision].map(({ text }) => parse(text).info.version);
  console.log(`${base.name} (${before}) → ${revision.name} (${after})\n`);
  const rows = classify(base.text, revision.text);
  if (rows.length === 0) {
    console.log("No change.");
    return 0;
  }
  console.log(table(rows));
  const [{ kind }] = rows;
  const least = needed(kind, before);
  const enough = allows(before, after, kind);
  console.log(`\nIn all: ${kind}. The next version is ${least} or higher; info.version says ${after}.`);
  const unconfirmed = rows.filter((row) => row.kind === "meaning" && !confirmed().includes(confirmation(row)));
  if (unconfirmed.length > 0) {
    const lines = unconfirmed.map(confirmation).join("\n");
    console.log(`\nRefused: a change of meaning must be confirmed. After review add to conformance/diff/confirmed.txt:\n${lines}`);
  }
  const refused = kind === "breaking" && !enough;
  if (refused) console.log(`\nRefused: a breaking change needs a major version. Set info.version to ${least}, or undo the change.`);
  return refused || unconfirmed.length > 0 ? 1 : 0;
}

/** What a reviewer writes down: the place, and the text of which it was confirmed. */
function confirmation({ where, text }) {
  const place = where.replace(/ \(line \d+\)$/, "");
  return `${createHash("sha256").update(text).digest("hex").slice(0, 16)} ${place}`;
}

const confirmed = () => readFileSync(process.env.CONTRACT_DIFF_CONFIRMED ?? here("confirmed.txt"), "utf8").split("\n");

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  console.error(`contract-diff: ${error.stderr || error.message}`);
  process.exitCode = 2;
}
