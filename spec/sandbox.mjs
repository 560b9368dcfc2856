// Starts the sandbox's program on a free port.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root } from './linters.mjs';

/** `{ url, token, key, adminToken, admin, stop }`; `admin(path, body, method)` asks the admin API. The program is built before: `cargo build -p thordata-cdk-sandbox`. */
export async function startSandbox(...flags) {
  const program = join(root, 'target/debug/thordata-cdk-sandbox');
  const child = spawn(program, flags, { stdio: ['ignore', 'pipe', 'pipe'] });
  const failed = new Promise((_, reject) => child.once('error', reject));
  const stopped = new Promise((resolve) => child.once('exit', resolve));
  const read = async () => {
    const lines = [];
    for await (const line of createInterface({ input: child.stdout })) {
      if (lines.push(line.split('=').slice(1).join('=')) === 4) return lines;
    }
    throw new Error(`${program} ended before it served`);
  };
  const [token, key, url, adminToken] = await Promise.race([read(), failed]);
  child.stderr.resume();
  const stop = async () => {
    child.kill();
    await stopped;
  };
  const headers = { 'x-sandbox-token': adminToken, 'content-type': 'application/json' };
  const admin = async (path, body, method = body === undefined ? 'GET' : 'POST') =>
    (await fetch(`${url}/_sandbox/${path}`, { method, headers, body })).json();
  return { url, token, key, adminToken, admin, stop };
}
