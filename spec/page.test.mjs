// Opens the sandbox's page in a headless Chromium and uses it as a reader would. Leaves screenshots in
// target/page/.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { chromium } from 'playwright-core';
import { root } from './linters.mjs';
import { startSandbox } from './sandbox.mjs';

const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];
const pictures = join(root, 'target/page');
const profile = mkdtempSync(join(tmpdir(), 'cdk-page-'));

let sandbox, context, page, asked, complaints;

before(async () => {
  mkdirSync(pictures, { recursive: true });
  sandbox = await startSandbox('--seed', '1', '--now', '1748332399', '--balance', '100');
  context = await chromium.launchPersistentContext(profile, { executablePath: EXECUTABLE, args: FLAGS, headless: true });
});

after(async () => {
  await context?.close();
  await sandbox?.stop();
  rmSync(profile, { recursive: true, force: true });
});

beforeEach(async () => {
  await sandbox.admin('reset', undefined, 'POST');
  page = await context.newPage();
  page.setDefaultTimeout(15_000);
  [asked, complaints] = [[], []];
  page.on('request', (request) => asked.push(request.url()));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${sandbox.url}/#admin-token=${sandbox.adminToken}`);
  await page.locator('body[data-ready], [role=alert]').waitFor();
  assert.equal(await page.locator('[role=alert]').count(), 0, await page.locator('main').textContent());
});

afterEach(async () => {
  await page.close();
  assert.deepEqual(complaints, []);
  assert.deepEqual(asked.filter((url) => new URL(url).origin !== sandbox.url), [], 'a request left for another host');
});

const vouchers = async () => (await sandbox.admin('vouchers')).vouchers;
const section = (operation) => page.locator(`section#${operation}`);

/** Fills the form of an operation, sends it, and returns the place of its result. */
async function run(operation, values = {}) {
  for (const [name, value] of Object.entries(values)) {
    const field = page.locator(`#${operation}-${name}`);
    await ((await field.evaluate((node) => node.tagName)) === 'SELECT' ? field.selectOption(value) : field.fill(value));
  }
  await section(operation).getByRole('button', { name: `Run ${operation}` }).click();
  const result = section(operation).locator('.result');
  await result.locator('.verdict').waitFor();
  return result;
}

const verdict = (result) => result.locator('.verdict').textContent();
const kind = async (result) => (await result.locator('.verdict').getAttribute('class')).split(' ')[1];

test('the page shows every operation and schema of the contract', async () => {
  const contract = await (await fetch(`${sandbox.url}/openapi.json`)).json();
  const operations = Object.values(contract.paths).flatMap((item) => Object.values(item));
  assert.equal(operations.length, 4);
  for (const { operationId, summary } of operations) {
    assert.equal(await section(operationId).locator('h2').textContent(), summary);
  }
  for (const name of Object.keys(contract.components.schemas)) {
    assert.equal(await page.locator(`#schema-${name}`).count(), 1, name);
  }
  assert.match(await page.locator('h1').textContent(), /^Thordata CDK/);
  assert.equal(await page.locator('#schema-VendorCode td').first().textContent(), '10000');
});

test('create makes vouchers, and list shows the new code', async () => {
  const created = await run('createCdks', { flow: '3', num: '2' });
  assert.equal(await kind(created), 'success');
  const [first, second] = await vouchers();
  assert.match(await created.textContent(), new RegExp(`${first.cdk}[^]*${second.cdk}`));

  const listed = await run('listCdks');
  assert.equal(await verdict(listed), 'Success: code 200');
  assert.match(await listed.locator('pre').textContent(), new RegExp(`"cdk": "${first.cdk}"`));
  const revoked = await run('listCdks', { status: '3' });
  assert.deepEqual(JSON.parse(await revoked.locator('pre').textContent()), { code: 200, data: [], msg: 'ok' });
});

test('a link carries the new code into the next form', async () => {
  const created = await run('createCdks', { flow: '1', num: '1' });
  const [{ cdk }] = await vouchers();
  await created.locator('[data-operation=getCdk]').click();
  assert.equal(await page.locator('#getCdk-cdk').inputValue(), cdk);
  assert.equal(await kind(await run('getCdk')), 'success');
  await created.locator('[data-operation=revokeCdk]').click();
  assert.equal(await kind(await run('revokeCdk')), 'success');
  assert.equal((await vouchers())[0].status, 3);
});

test('a failure in HTTP 200 is shown as a failure', async () => {
  const dear = await run('createCdks', { flow: '100', num: '2' });
  assert.equal(await kind(dear), 'failure');
  assert.equal(await verdict(dear), 'Failure 10008: insufficient wallet balance');
  const told = await dear.textContent();
  assert.match(told, /In the contract: insufficient wallet balance \(insufficient funds\)/);
  assert.match(told, /It arrived as HTTP 200/);
  assert.match(told, /flow times num is more than this sandbox's balance/);
  assert.equal(await dear.locator('[data-operation]').count(), 0);

  await page.locator('#credential-key').fill('wrong');
  assert.equal(await verdict(await run('listCdks')), 'Failure 10014: apiKey error');
  assert.deepEqual(await vouchers(), []);
});

test('no answer after a purchase is told as unknown, and a reply that is no JSON as unreadable', async () => {
  const fault = (answer) => sandbox.admin('faults', JSON.stringify({ on: 'create', commit: 'yes', answer }));
  await fault('half_body');
  const silent = await run('createCdks', { flow: '1', num: '1' });
  assert.equal(await kind(silent), 'unreadable');
  assert.match(await verdict(silent), /^No answer .*Whether it was carried out is unknown/);
  assert.equal((await vouchers()).length, 1);
  complaints = complaints.filter((text) => !text.includes('ERR_CONTENT_LENGTH_MISMATCH'));

  await fault({ status: { status: 200, content_type: 'text/html', body: '<img src=x onerror=alert(1)>' } });
  const html = await run('createCdks', { flow: '1', num: '1' });
  await html.locator('pre').waitFor();
  assert.equal(await verdict(html), 'HTTP 200, and a body that is not JSON');
  assert.equal(await html.locator('img').count(), 0);
});

test('credentials and codes never enter the address or the storage', async () => {
  await run('createCdks', { flow: '1', num: '1' });
  const { token, key, adminToken } = sandbox;
  assert.equal(await page.locator('#credential-token').inputValue(), token);
  assert.equal(page.url(), `${sandbox.url}/`);
  assert.ok(asked.every((url) => !url.includes(token) && !url.includes(key) && !url.includes(adminToken)));
  assert.equal(await page.evaluate(() => localStorage.length + sessionStorage.length + document.cookie.length), 0);
});

test('the admin token survives a reload, and without it the page asks for the credentials', async () => {
  await page.locator('nav a').first().click();
  await page.reload();
  await page.locator('body[data-ready]').waitFor();
  assert.equal(await page.locator('#credential-token').inputValue(), sandbox.token);

  const other = await context.newPage();
  await other.goto(sandbox.url);
  await other.locator('body[data-ready]').waitFor();
  assert.equal(await other.locator('#credential-token').inputValue(), '');
  assert.match(await other.locator('#credentials').textContent(), /Paste the token and the key that the sandbox printed/);
  await other.close();
});

for (const [name, width, colorScheme] of [['light', 1280, 'light'], ['dark', 1280, 'dark'], ['phone', 360, 'dark']]) {
  test(`the page is readable: ${name}`, async () => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    await run('createCdks', { flow: '3', num: '2' });
    await run('getCdk', { cdk: 'nobody' });
    await run('listCdks');
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'it scrolls sideways');
    const low = await page.evaluate(() => {
      const rgb = (text) => text.match(/[\d.]+/g).map(Number);
      const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
        .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
      const ground = (node) => {
        for (let at = node; at; at = at.parentElement) {
          const colour = rgb(getComputedStyle(at).backgroundColor);
          if (colour.length === 3 || colour[3] > 0) return colour;
        }
        return [255, 255, 255];
      };
      return [...document.querySelectorAll('p, td, th, a, code, label, button, small, strong, input, summary, span')]
        .filter((node) => node.checkVisibility())
        .map((node) => [node, ...[rgb(getComputedStyle(node).color), ground(node)].map(light).sort((a, b) => b - a)])
        .filter(([, high, low]) => (high + 0.05) / (low + 0.05) < 4.5)
        .map(([node]) => `${node.className || node.tagName}: ${node.textContent.slice(0, 30)}`);
    });
    assert.deepEqual(low, [], 'too little contrast');
    for (const [id, part] of [['top', 'top'], ['createCdks', 'create'], ['getCdk', 'failure']]) {
      await page.evaluate((id) => document.getElementById(id).scrollIntoView(), id);
      await page.screenshot({ path: join(pictures, `${name}-${part}.png`) });
    }
    await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
  });
}
