// The browser's part of `cargo xtask bench console`: LINK RUNS PARTS filled|demo -> one line of JSON with a value for each run.
// Of what is not among the parts (page, detail, search, diagram) there are no values.

import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launch, profile, signIn } from './figures-browser.mjs';

const [link, runs, parts, store] = process.argv.slice(2);
const has = (part) => parts.split(',').includes(part);
const { origin } = new URL(link);
const measured = {
  first_page_script_kb: [],
  largest_chunk_kb: [],
  cold_interactive_ms: [],
  warm_interactive_ms: [],
  detail_open_ms: [],
  search_paint_ms: [],
  diagram_300_ms: [],
};

/** A chunk as browsers take it over loopback: by brotli. */
const assets = join(dirname(fileURLToPath(import.meta.url)), '../dist/assets');
const chunks = readdirSync(assets).filter((name) => name.endsWith('.js.br'));
if (has('page'))
  measured.largest_chunk_kb.push(Math.max(...chunks.map((name) => statSync(join(assets, name)).size)) / 1000);

/** From the start of the navigation until what needs attention can be clicked, by the page's own clock. */
async function interactive(page) {
  await page.goto(`${origin}/`, { waitUntil: 'commit' });
  await page.locator('.mp-attention a').first().click({ trial: true });
  return page.evaluate(() => performance.now());
}

async function scriptKb(page) {
  return page.evaluate(() => {
    const scripts = performance.getEntriesByType('resource').filter((one) => one.name.endsWith('.js'));
    return scripts.reduce((sum, one) => sum + one.encodedBodySize, 0) / 1000;
  });
}

/** From the click on a row until the message's steps are painted. */
async function detailOpen(page) {
  await page.goto(`${origin}/messages?q=outcome:failed`);
  const row = page.locator('[role=row] a').first();
  await row.waitFor();
  await page.waitForLoadState('networkidle').catch(() => undefined);
  return page.evaluate(
    () =>
      new Promise((resolve) => {
        const begun = performance.now();
        const look = () => {
          const isThere = document.querySelector('.mp-steps tbody tr') && document.querySelector('.mp-fault');
          if (isThere) requestAnimationFrame(() => resolve(performance.now() - begun));
          else requestAnimationFrame(look);
        };
        document.querySelector('[role=row] a').click();
        look();
      }),
  );
}

/**
 * From the key that runs a search until its rows are painted, over a week. Each run asks for another route of a filled store, so
 * that nothing is answered from a page of the run before.
 */
async function searchPaint(page, run) {
  const query = store === 'filled' ? `outcome:failed route:route${(run * 7) % 40}` : 'outcome:failed';
  await page.goto(`${origin}/messages?range=7d`);
  await page.locator('[role=row] a').first().waitFor();
  const box = page.getByRole('textbox', { name: 'Search messages' });
  await box.fill(query);
  await page.waitForLoadState('networkidle').catch(() => undefined);
  await page.evaluate(
    (route) => {
      globalThis.painted = new Promise((resolve) => {
        addEventListener(
          'keydown',
          () => {
            const begun = performance.now();
            const isFound = (row) =>
              row.querySelector('[data-state=failed]') &&
              (!route || row.querySelector('strong')?.textContent === route);
            const look = () => {
              const rows = [...document.querySelectorAll('.mp-grid-row')];
              if (rows.length > 0 && rows.every(isFound))
                requestAnimationFrame(() => resolve(performance.now() - begun));
              else requestAnimationFrame(look);
            };
            look();
          },
          { once: true, capture: true },
        );
      });
    },
    /route:(\S+)/.exec(query)?.[1],
  );
  await box.press('Enter');
  return page.evaluate(() => globalThis.painted);
}

/** A route of 300 nodes with choices in splits: what the server would tell of one. */
function largeRoute() {
  const nodes = [{ node: 'from', kind: 'from', label: 'direct:large', parent: 0, line: 1 }];
  const add = (kind, parent, label = null) => {
    nodes.push({ node: `${kind}${nodes.length}`, kind, label, parent, line: nodes.length + 1 });
    return nodes.length;
  };
  while (nodes.length < 290) {
    const choice = add('choice', add('split', 1, 'jsonpath{$.lines}'));
    for (let way = 0; way < 3; way += 1) {
      const when = add('when', choice, `simple{\${body} > ${way}}`);
      add('setBody', when);
      add('to', when, `sql:insert into orders values (${way})`);
    }
  }
  while (nodes.length < 300) add('log', 1, 'done');
  const sum = { count: 1, failed: 0, handled: 0, meanUs: 5, p50Us: 5, p95Us: 5, p99Us: 5, maxUs: 5 };
  return {
    name: 'large',
    integration: 'orders',
    environment: 'dev',
    from: 'direct:large',
    description: null,
    nodes,
    sum,
  };
}

/** From the answer with 300 nodes until boxes are painted: layout, React, and the browser. */
async function diagram300(page) {
  await page.route('**/graphql', async (route) => {
    const body = route.request().postDataJSON();
    if (!/^\s*query Routes\(/.test(body?.query ?? '')) return route.continue();
    return route.fulfill({ json: { data: { routes: [largeRoute()] } } });
  });
  await page.goto(`${origin}/integrations/orders?tab=configuration`);
  await page.getByRole('tab', { name: 'Overview' }).waitFor();
  await page.waitForLoadState('networkidle').catch(() => undefined);
  const took = await page.evaluate(
    () =>
      new Promise((resolve) => {
        const begun = performance.now();
        const look = () => {
          if (document.querySelectorAll('.mp-box').length > 20)
            requestAnimationFrame(() => resolve(performance.now() - begun));
          else requestAnimationFrame(look);
        };
        [...document.querySelectorAll('[role=tab]')].find((tab) => tab.textContent === 'Overview')?.click();
        look();
      }),
  );
  await page.unroute('**/graphql');
  return took;
}

const first = await launch();
const { context } = await signIn(first, link);
const state = await context.storageState();
await first.close();
for (let run = 0; run < Number(runs); run += 1) {
  const browser = await launch();
  const { page } = await profile(browser, state);
  if (has('page')) {
    measured.cold_interactive_ms.push(await interactive(page));
    measured.first_page_script_kb.push(await scriptKb(page));
    measured.warm_interactive_ms.push(await interactive(page));
  }
  if (has('detail')) measured.detail_open_ms.push(await detailOpen(page));
  if (has('search')) measured.search_paint_ms.push(await searchPaint(page, run));
  if (has('diagram')) measured.diagram_300_ms.push(await diagram300(page));
  await browser.close();
}
console.log(JSON.stringify(measured));
