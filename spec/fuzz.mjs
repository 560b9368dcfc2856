// Lets schemathesis loose on the sandbox: `node fuzz.mjs EXAMPLES SEED`, so many for each operation. Once with
// failures as HTTP 4xx and every check, once as the vendor answers; before both, a sandbox that breaks the
// contract, which must be found out.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './linters.mjs';
import { startSandbox } from './sandbox.mjs';

const PROGRAM = join(root, 'target/spec/venv/bin/schemathesis');
const folder = join(root, 'target/spec');

/** Checks that take an HTTP 4xx for granted, where the vendor answers a failure with HTTP 200. */
const EXCLUDED_FOR_THE_VENDOR = {
  ignored_auth: 'a call without credentials gets code 10013 or 10014 in HTTP 200, which counts as let in',
  missing_required_header: 'the same for a call that lacks one of the two headers',
  negative_data_rejection: 'a bad parameter gets code 10000 in HTTP 200, which counts as accepted',
};

/** A sandbox with vouchers in every status, so that every link of the contract has something to follow. */
async function filled(flags) {
  const sandbox = await startSandbox('--seed', '1', '--max-num', '20', '--balance', `${2 ** 52}`, '--vouchers', '100', ...flags);
  const { url, token, key, admin } = sandbox;
  const { cdk: [used, revoked] } = await admin('vouchers', '{"count":2,"traffic":5}');
  await admin('redeem', JSON.stringify({ cdk: used, user: 'customer-1' }));
  await fetch(`${url}/api/cdk/revoke`, { method: 'POST', body: new URLSearchParams({ cdk: revoked }), headers: { token, key } });
  return sandbox;
}

/** Runs schemathesis, and returns whether it found anything and what it printed. */
function schemathesis(name, sandbox, args) {
  const { status, stdout, stderr, error } = spawnSync(PROGRAM, [
    '--config-file', join(root, 'spec/schemathesis.toml'), 'run', join(root, 'openapi.yaml'), '--url', sandbox.url,
    '--header', `token: ${sandbox.token}`, '--header', `key: ${sandbox.key}`, '--no-color', ...args,
  ], { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (error) throw error;
  writeFileSync(join(folder, `fuzz-${name}.txt`), stdout + stderr);
  return { status, printed: stdout + stderr };
}

async function control() {
  const sandbox = await filled([]);
  await sandbox.admin('faults', '{"on":"list","times":1000,"answer":"null_data"}');
  const { status, printed } = schemathesis('control', sandbox, ['--max-examples', '1', '--phases', 'examples', '--checks', 'all']);
  await sandbox.stop();
  if (status === 0 || !printed.includes('Response violates schema')) {
    throw new Error(`a reply that breaks the contract was not found out:\n${printed}`);
  }
  console.log('control: a list without data is found out');
}

async function run(name, examples, flags, excluded) {
  const sandbox = await filled(flags);
  const exclude = excluded.length > 0 ? ['--exclude-checks', excluded.join()] : [];
  const { status, printed } = schemathesis(name, sandbox, ['--max-examples', examples, '--seed', seed, '--checks', 'all', ...exclude]);
  await sandbox.stop();
  const [, requests] = printed.match(/Test cases:\s+(\d+) generated/) ?? [];
  const [, followed, links] = printed.match(/API Links:\s+(\d+) covered \/ \d+ selected \/ (\d+) total/) ?? [];
  // As the vendor answers, a link may start from a failure, which leads nowhere: few examples then miss one.
  const few = flags.includes('--http-failures') ? followed !== links : !(followed > 0);
  if (status !== 0 || !requests || !links || few) {
    console.log(printed);
    throw new Error(`schemathesis found something in the mode ${name}, or did not follow the links`);
  }
  console.log(`${name}: ${requests} requests, ${followed} of ${links} links followed, nothing found; excluded: ${excluded.join(', ') || 'no check'}`);
}

const [examples = '60', seed = '1'] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
await control();
await run('http-failures', examples, ['--http-failures'], []);
await run('vendor', examples, [], Object.keys(EXCLUDED_FOR_THE_VENDOR));
