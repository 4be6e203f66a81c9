// The browser's part of `cargo xtask bench console`: LINK RUNS -> one line of JSON with a value for each run.

import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const [link, runs] = process.argv.slice(2);
const { origin } = new URL(link);
const measured = {
  first_page_script_kb: [],
  largest_chunk_kb: [],
  cold_interactive_ms: [],
  warm_interactive_ms: [],
  detail_open_ms: [],
};

const launch = () =>
  chromium.launch({
    executablePath: process.env.MIDPLANE_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-background-networking'],
  });

/** A chunk as browsers take it over loopback: by brotli. */
const assets = join(dirname(fileURLToPath(import.meta.url)), '../dist/assets');
const chunks = readdirSync(assets).filter((name) => name.endsWith('.js.br'));
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

let state;
for (let run = 0; run < Number(runs); run += 1) {
  const browser = await launch();
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    ...(state ? { storageState: state } : {}),
  });
  const page = await context.newPage();
  if (!state) {
    await page.goto(link);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor();
    state = await context.storageState();
    await browser.close();
    run -= 1;
    continue;
  }
  measured.cold_interactive_ms.push(await interactive(page));
  measured.first_page_script_kb.push(await scriptKb(page));
  measured.warm_interactive_ms.push(await interactive(page));
  measured.detail_open_ms.push(await detailOpen(page));
  await browser.close();
}
console.log(JSON.stringify(measured));
