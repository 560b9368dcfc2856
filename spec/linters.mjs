// Spectral as a function: files in, findings out. A finding is `{ error, file, rule, text }`, and anything that
// Spectral says is one, down to a hint.
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

/** What a program prints. It ends with a status other than 0 if it finds something. */
function output(program, args) {
  const { error, stdout, stderr } = spawnSync(program, args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (error) throw error;
  if (stdout.trim() === '') throw new Error(`${program} printed nothing but: ${stderr}`);
  return stdout;
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
