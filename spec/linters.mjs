// Each linter as a function: files in, findings out. A finding is `{ error, file, rule, text }`, and
// anything that a linter says is one, down to a hint.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
export const root = dirname(here);
const npm = (name) => join(here, 'node_modules/.bin', name);

/** Versions, as this room pins them. */
export function version(name) {
  return JSON.parse(readFileSync(join(here, 'node_modules', name, 'package.json'), 'utf8')).version;
}

/** What a program prints. A linter that finds something ends with a status other than 0. */
function output(program, args) {
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off' };
  const { error, stdout, stderr } = spawnSync(program, args, { cwd: root, env, encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (error) throw error;
  if (stdout.trim() === '') throw new Error(`${program} printed nothing but: ${stderr}`);
  return stdout;
}

export function redocly(files) {
  const printed = output(npm('redocly'), ['lint', '--config', 'spec/redocly.yaml', '--format', 'json', ...files]);
  const { totals, problems } = JSON.parse(printed);
  const findings = problems.map(({ severity, message, ruleId, location: [place] }) => ({
    error: severity === 'error',
    file: place.source.ref,
    rule: ruleId,
    text: `${place.source.ref}${place.pointer ?? ''}: ${message} (${ruleId})`,
  }));
  if (totals.errors + totals.warnings + totals.ignored !== findings.length) throw new Error(printed);
  return findings;
}

export function spectral(ruleset, files) {
  const args = ['lint', '--ruleset', ruleset, '--fail-severity', 'hint', '--quiet', '--format', 'json', ...files];
  return JSON.parse(output(npm('spectral'), args)).map(({ source, code, path, message, severity }) => ({
    error: severity === 0,
    file: relative(root, source),
    rule: code,
    text: `${relative(root, source)}#/${path.join('/')}: ${message} (${code})`,
  }));
}
