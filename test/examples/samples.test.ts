import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { generate } from '@graphql-codegen/cli';
import { parse } from 'graphql';
import { type Browser, chromium, type Page } from 'playwright-core';
import { build, type PreviewServer, preview } from 'vite';
import { renderDocumentIds } from '../../examples/mobile/write-document-ids.ts';
import codegen from '../../examples/web/codegen.ts';
import { startTestPlatform, type TestPlatform } from '../kit/platform.ts';
import { until } from '../kit/processes.ts';
import { runTributary } from '../kit/run-tributary.ts';
import { createTemporaryFolder, type TemporaryFolder } from '../kit/temporary-folder.ts';
import { describeAppClients, STRICT_CLIENTS } from './app-clients.ts';

const ROOT = join(import.meta.dirname, '../../examples/web');
const MOBILE = join(import.meta.dirname, '../../examples/mobile');
const MANIFEST_FILE = join(ROOT, 'src/gql/persisted-documents.json');
const manifest = JSON.parse(readFileSync(MANIFEST_FILE, 'utf8')) as Readonly<Record<string, string>>;
const [dashboardId = '', dashboardText = ''] =
  Object.entries(manifest).find(([, text]) => text.includes('query Dashboard')) ?? [];

test('types, ids and manifest are those of the operations', async () => {
  const files = (await generate({ ...codegen, silent: true }, false)) as {
    filename: string;
    content: string;
  }[];
  assert.ok(files.length >= 3);
  for (const { filename, content } of files) {
    assert.equal(
      readFileSync(filename, 'utf8').trim(),
      content.trim(),
      `${filename}: npm run example:web:generate`,
    );
  }
});

test('the ids of the mobile client are those of its operations', () => {
  const file = join(MOBILE, 'document-ids.ts');
  assert.equal(readFileSync(file, 'utf8'), renderDocumentIds(), 'npm run example:mobile:generate');
});

describe('the samples on the platform', () => {
  let platform: TestPlatform;
  let folder: TemporaryFolder;
  let site: PreviewServer;
  let browser: Browser;
  let bundle: string;

  before(async () => {
    folder = createTemporaryFolder();
    const settings = folder.write('gateway.yaml', settingsWith(STRICT_CLIENTS));
    const outDir = join(folder.path, 'site');
    const building = build({ root: ROOT, build: { outDir }, logLevel: 'silent' });
    [platform] = await Promise.all([startTestPlatform(['--gateway-config', settings]), building]);
    bundle = readdirSync(join(outDir, 'assets'))
      .map((file) => readFileSync(join(outDir, 'assets', file), 'utf8'))
      .join('\n');
    site = await preview({
      root: ROOT,
      build: { outDir },
      preview: { host: '127.0.0.1', port: 0 },
      logLevel: 'silent',
    });
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM_PATH ?? 'chromium',
      args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
    });
  });
  after(async () => {
    await browser?.close();
    await site?.close();
    await platform?.[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  const ask = (body: object, headers: Record<string, string> = {}) =>
    fetch(platform.demo.graphql, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-api-key': platform.demo.keys.pro,
        'apollographql-client-name': 'web',
        'apollographql-client-version': '1.0.0',
        ...headers,
      },
      body: JSON.stringify(body),
      // biome-ignore lint/suspicious/noExplicitAny: tests read answers of any form
    }).then((response) => response.json() as Promise<any>);
  const variables = () => ({ portfolioId: platform.demo.users[0]?.portfolioId });

  const adminToken = () => readFileSync(join(platform.stateDir, 'admin-token'), 'utf8').trim();
  const admin = (path: string) =>
    fetch(new URL(path, platform.demo.admin), { headers: { authorization: `Bearer ${adminToken()}` } });

  async function publish(manifestPath: string, client: string): Promise<void> {
    const release = ['--client', client, '--version', '1.0.0'];
    await using publishing = runTributary(
      ['operations', 'publish', manifestPath, ...release, '--admin-url', platform.demo.admin],
      { env: { TRIBUTARY_ADMIN_TOKEN: adminToken() } },
    );
    assert.equal(await publishing.ended, 0, publishing.output());
  }

  async function connect(): Promise<{ readonly page: Page; readonly sent: string[] }> {
    const page = await browser.newPage({ viewport: { width: 390, height: 844 }, locale: 'en-US' });
    const sent: string[] = [];
    page.on('request', (request) => {
      if (request.url() === platform.demo.graphql && request.method() === 'POST') {
        sent.push(request.postData() ?? '');
      }
    });
    await page.goto(site.resolvedUrls?.local[0] ?? '');
    await page.getByLabel('Gateway').fill(platform.demo.graphql);
    await page.getByLabel('API key').fill(platform.demo.keys.pro);
    await page.getByLabel('Portfolio').fill(variables().portfolioId ?? '');
    await page.getByRole('button', { name: 'Open dashboard' }).click();
    return { page, sent };
  }

  test('says what is wrong while its operations are not published', async () => {
    const { page } = await connect();
    await page.getByRole('alert').filter({ hasText: 'have to be published' }).waitFor();
    await page.close();
  });

  test('once published, shows the figures and sends ids only, where nothing else may run', async () => {
    const text = await ask({ query: dashboardText, variables: variables() });
    assert.equal(text.errors, undefined);

    await publish(MANIFEST_FILE, 'web');
    writeFileSync(join(folder.path, 'gateway.yaml'), settingsWith([...STRICT_CLIENTS, 'web']));
    await until(async () => {
      const { errors } = await ask({ query: dashboardText, variables: variables() });
      return errors?.[0].extensions.code === 'PERSISTED_QUERY_ONLY';
    });

    const { page, sent } = await connect();
    await page.locator('.total').waitFor();
    const { portfolio, marketOverview } = (await ask({ documentId: dashboardId, variables: variables() }))
      .data;
    const shown = await page.locator('.total').innerText();
    assert.equal(shown, dollars(portfolio.totalValue.value.amount));
    for (const { token, value } of portfolio.holdings.nodes.slice(0, 3)) {
      const row = page.locator(`tr[data-token="${token.id}"]`);
      assert.match(await row.innerText(), new RegExp(token.symbol));
      assert.equal(await row.locator('.value .figure').innerText(), dollars(value.amount));
      assert.equal(await row.locator('svg.sparkline').count(), 1);
    }
    assert.match(
      await page.locator('.dominance').innerText(),
      new RegExp(marketOverview.dominance[0].token.symbol),
    );
    const isNarrow = await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth');
    assert.ok(isNarrow, 'nothing has to be scrolled sideways on a phone');

    await page.getByRole('button', { name: 'Show more' }).click();
    await page.getByText(`${portfolio.holdings.totalCount} of ${portfolio.holdings.totalCount}`).waitFor();

    assert.ok(sent.length >= 2);
    for (const body of sent) {
      assert.deepEqual(Object.keys(JSON.parse(body)).sort(), ['documentId', 'variables']);
      assert.ok(JSON.parse(body).documentId in manifest);
      assert.doesNotMatch(body, /[{\s]query|fragment|selection/);
    }
    await page.close();
  });

  test('keeps the figures and says how old they are when the gateway goes away', async () => {
    const { page } = await connect();
    await page.locator('.total').waitFor();
    await page.route(platform.demo.graphql, (route) => route.abort());
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.getByRole('alert').filter({ hasText: 'The figures below are from' }).waitFor();
    assert.equal(await page.locator('.total').count(), 1);
    await page.close();
  });

  test('a bad key leads back to the form; the key is nowhere but in the tab', async () => {
    const { page } = await connect();
    await page.locator('.total').waitFor();
    assert.equal(await page.evaluate('localStorage.length'), 0);
    await page.getByRole('button', { name: 'Disconnect' }).click();
    assert.equal(await page.getByLabel('Gateway').inputValue(), platform.demo.graphql);
    assert.equal(await page.getByLabel('API key').inputValue(), '');
    assert.doesNotMatch(String(await page.evaluate('JSON.stringify(sessionStorage)')), /trb_/);
    await page.getByLabel('API key').fill('nonsense');
    await page.getByLabel('Portfolio').fill('nonsense');
    await page.getByRole('button', { name: 'Open dashboard' }).click();
    await page.getByRole('alert').filter({ hasText: 'The API key is not valid.' }).waitFor();
    assert.equal(
      await page.getByLabel('API key').inputValue(),
      'nonsense',
      'to be corrected, not typed anew',
    );
    await page.close();
  });

  test('the bundle holds ids, and nothing of a document', () => {
    const folder = join(ROOT, 'src/operations');
    for (const file of readdirSync(folder)) {
      const { definitions } = parse(readFileSync(join(folder, file), 'utf8'));
      for (const definition of definitions) {
        const name = 'name' in definition ? definition.name?.value : undefined;
        assert.ok(name !== undefined);
        assert.doesNotMatch(bundle, new RegExp(`\\b${name}\\b`), name);
      }
    }
    assert.doesNotMatch(bundle, /\b(query|mutation|fragment)\s+\w+[^{]{0,200}\{/);
    assert.doesNotMatch(bundle, /kind"?:\s*["'`](Document|OperationDefinition|Field)\b/);
    for (const id of Object.keys(manifest)) assert.ok(bundle.includes(id), id);
  });

  test('from the same client nothing else runs', async () => {
    const other = await ask({ query: '{ chains { id } }' });
    assert.equal(other.errors[0].extensions.code, 'PERSISTED_QUERY_ONLY');
    assert.equal(other.data, undefined);
    const unknown = await ask({ documentId: `sha256:${'0'.repeat(64)}` });
    assert.equal(unknown.errors[0].extensions.code, 'PERSISTED_QUERY_NOT_FOUND');
  });

  test('the mobile client asks by id alone', async () => {
    await publish(join(MOBILE, 'operations'), 'mobile');
    const demo = join(platform.stateDir, 'demo.json');
    const { stdout } = await promisify(execFile)(process.execPath, [join(MOBILE, 'main.ts'), '--demo', demo]);
    const { market, portfolio } = JSON.parse(stdout);
    assert.equal(market.errors, undefined, stdout);
    assert.equal(portfolio.errors, undefined, stdout);
  });

  describeAppClients({ platform: () => platform, publish });

  test('a worker that takes the place of a dead one has compiled what is published when its first request comes', async () => {
    const statusOf = async () => {
      const status = (await (await admin('/api/status')).json()) as {
        workers: { readonly pid: number; readonly state: string }[];
      };
      return status.workers[0] as { readonly pid: number; readonly state: string };
    };
    const dead = await statusOf();
    process.kill(dead.pid, 'SIGKILL');
    await until(async () => {
      const { pid, state } = await statusOf();
      return pid !== dead.pid && state === 'ready';
    });
    const { data } = await ask({ documentId: dashboardId, variables: variables() });
    assert.ok(data.portfolio.totalValue.value.amount);
    const metrics = await (await admin('/metrics')).text();
    assert.match(metrics, /^tributary_compiled_documents_total\{result="ok"\} \d+$/m);
    assert.doesNotMatch(metrics, /^tributary_compiled_documents_total\{result="failed"\} [1-9]/m);
    assert.match(metrics, /^tributary_operation_cache_total\{result="hit"\} 1$/m);
    assert.doesNotMatch(metrics, /^tributary_operation_cache_total\{result="miss"\} [1-9]/m);
  });

  test('a request by id is a fraction of the same request by text', () => {
    const bytes = (body: object) => Buffer.byteLength(JSON.stringify(body));
    const byText = bytes({ query: dashboardText, variables: variables() });
    const byId = bytes({ documentId: dashboardId, variables: variables() });
    assert.ok(byId * 4 < byText, `${byId} bytes by id, ${byText} by text`);
  });
});

/** `gateway.yaml` in which these clients run nothing but what they published, by id. */
function settingsWith(clients: readonly string[]): string {
  return `documents: { clients: { ${clients.map((client) => `${client}: ids`).join(', ')} } }\n`;
}

function dollars(amount: string): string {
  return new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' }).format(
    amount as Intl.StringNumericLiteral,
  );
}
