// Runs the Rust scenarios through Prism, which holds every request and reply against the contract and turns
// what does not fit into an error. First a reply that does not fit, which Prism must refuse.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root } from './linters.mjs';
import { startSandbox } from './sandbox.mjs';

const TEST = 'scenarios::every_scenario_holds_on_a_sandbox_behind_a_proxy';

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Prism in front of `upstream`: `{ url, log, stop }`. */
async function startPrism(upstream) {
  const port = await freePort();
  const program = join(root, 'spec/node_modules/.bin/prism');
  const child = spawn(program, ['proxy', 'openapi.yaml', upstream, '--errors', '--port', port], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const log = [];
  const ready = new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`Prism ended with ${code}:\n${log.join('\n')}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      log.push(line);
      if (line.includes('is listening')) resolve();
    });
  });
  await ready;
  return { url: `http://127.0.0.1:${port}`, log, stop: () => child.kill() };
}

/** All scenarios on one sandbox, behind a Prism of its own. */
async function scenarios(mode, flags) {
  const sandbox = await startSandbox('--vouchers', '5', ...flags);
  const prism = await startPrism(sandbox.url);
  const { token, key, admin } = sandbox;
  try {
    await admin('faults', '{"on":"list","answer":"null_data"}');
    const refused = await fetch(`${prism.url}/api/cdk/list`, { headers: { token, key } });
    if (refused.ok || !(await refused.text()).includes('VIOLATIONS')) {
      throw new Error(`Prism let a list without data through: HTTP ${refused.status}`);
    }

    const before = (await admin('health')).last_request_id;
    const { vouchers: [{ cdk }] } = await admin('vouchers');
    await admin('redeem', JSON.stringify({ cdk, user: 'customer-1' }));
    prism.log.length = 0;
    const env = { ...process.env, SANDBOX_PROXY_URL: prism.url, SANDBOX_TOKEN: token, SANDBOX_KEY: key };
    const args = ['test', '--quiet', '-p', 'thordata-cdk', '--test', 'it', '--', '--ignored', '--exact', TEST];
    const [code] = await once(spawn('cargo', args, { cwd: root, env, stdio: 'inherit' }), 'exit');
    const requests = (await admin('health')).last_request_id - before;
    const violations = prism.log.filter((line) => /violation/i.test(line));
    if (code !== 0 || violations.length > 0 || requests < 10) {
      throw new Error(`${requests} requests, test status ${code}\n${violations.join('\n')}`);
    }
    console.log(`${mode}: a list without data is refused; ${requests} requests of the scenarios broke nothing`);
  } finally {
    prism.stop();
    await sandbox.stop();
  }
}

await scenarios('vendor', []);
await scenarios('http-failures', ['--http-failures']);
