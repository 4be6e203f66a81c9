// The pictures of the guides: which screens, how they get there, and how they are taken so that two runs give nearly the same.
// Times and ids differ from run to run: they are painted over with examples just before a picture is taken. So does how far the
// demo came: of what it goes on making only the first rows stay, and what a slow machine deployed again is as if it had not been.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expectSoon, rest } from './browser.mjs';

/** Wide enough for every table, small enough for a page of a guide. */
export const SIZE = { width: 1280, height: 900 };

const opens = (path) => (page, origin) => page.goto(origin + path);

/** Routes tell their counts every ten seconds; messages are there before. */
async function counted(page, origin) {
  await page.goto(origin);
  const isCounted = () => {
    const figures = [...document.querySelectorAll('.mp-strip a[href^="/messages"]')];
    return figures.length > 0 && figures.every((one) => one.textContent?.trim() !== '0');
  };
  await page.waitForFunction(isCounted, undefined, { timeout: 60_000 });
}

async function failedMessage(page, origin) {
  await page.goto(`${origin}/messages?q=outcome:failed+integration:orders`);
  await page.locator('[role=row] a').first().click();
}

async function failure(page, origin) {
  await page.goto(`${origin}/failures`);
  await page
    .getByRole('grid', { name: 'Failures' })
    .getByRole('link', { name: /no price/ })
    .first()
    .click();
}

/** Name, how to get there, what is there when it is. */
export const PICTURES = [
  // The alert of a failure comes some seconds after it.
  ['home', counted, ':nth-match(.mp-attention, 2) a'],
  ['integration', opens('/integrations/orders'), '.mp-box'],
  ['deployments', opens('/deployments'), ':nth-match([data-state=live], 4)'],
  ['messages', opens('/messages?q=outcome:failed'), '.mp-grid-row'],
  ['message', failedMessage, '.mp-box-failed'],
  ['failures', opens('/failures'), '.mp-spark'],
  [
    'failure',
    async (page, origin) => {
      await failure(page, origin);
      await page.getByRole('button', { name: 'Dry run some of them' }).click();
      // A sandbox is a JVM that starts.
      await page.getByRole('grid', { name: 'What would become of them' }).waitFor({ timeout: 90_000 });
      await page.getByRole('button', { name: 'Stop', exact: true }).waitFor({ state: 'detached', timeout: 90_000 });
    },
    '.mp-spark',
  ],
  [
    'diagram',
    async (page, origin) => {
      await page.goto(`${origin}/integrations/orders/routes/take`);
      await page.locator('.mp-diagram').evaluate((one) => one.scrollIntoView({ block: 'start' }));
    },
    '.mp-box',
  ],
  ['source', opens('/integrations/orders?tab=source'), '.mp-source-code button'],
  ['capture', opens('/settings?tab=capture&layer=new'), '#level'],
  ['alerts', opens('/settings?tab=alerts'), '.mp-rule'],
  ['audit', opens('/settings?tab=audit&order=oldest'), 'table tbody tr'],
];

/** Takes all of them into `folder`. */
export async function takeAll(page, origin, folder) {
  mkdirSync(folder, { recursive: true });
  for (const [name, go, ready] of PICTURES) {
    await go(page, origin);
    await page.locator(ready).first().waitFor({ timeout: 60_000 });
    await expectSoon(() =>
      page.waitForFunction(() => !document.querySelector('.mp-reading, .pf-v6-c-spinner'), undefined, {
        timeout: 3_000,
      }),
    );
    await page.mouse.move(0, 0);
    await rest(page);
    await page.evaluate(level);
    await page.evaluate(paintOver);
    await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled', caret: 'hide' });
  }
}

/** In the page: what the demo goes on making, as it is in its first minute. */
function level() {
  const keep = (rows, isWanted, most) => {
    const wanted = rows.filter(isWanted).slice(0, most);
    // Nothing of it is wanted: the picture shows that, and is another.
    if (wanted.length === 0) return;
    for (const row of rows) if (!wanted.includes(row)) row.style.display = 'none';
  };
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const isReady = (row) => !row.querySelector('[data-state=failed]');
  keep(all('.mp-rows > li'), isReady, 4);
  keep(all('table[aria-label=Deployments] > tbody'), isReady, 4);
  for (const list of all('.mp-attention')) keep(all('li', list), (row) => row.textContent.includes('orders/take'), 1);
  keep(all('.mp-grid-row'), () => true, 2);
  keep(all('table[aria-label="What would become of them"] > tbody > tr'), () => true, 1);
}

/** In the page: examples instead of times and ids, as long as what stood there. */
function paintOver() {
  const texts = (from) => {
    const walker = document.createTreeWalker(from, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) found.push(walker.currentNode);
    return found;
  };
  const like = (text, example) => {
    let at = 0;
    return text.replace(/[0-9A-Za-z]/g, () => example[at++ % example.length]);
  };
  for (const time of document.querySelectorAll('time'))
    for (const node of texts(time)) {
      const { nodeValue: text } = node;
      if (/ ago$|^now$/.test(text)) node.nodeValue = '12 s ago';
      else if (/^\d{2}:\d{2}:\d{2}/.test(text)) node.nodeValue = '12:04:11.250'.slice(0, text.length);
      else if (/^\d{4}-/.test(text)) node.nodeValue = '2026-01-02 12:04:11.250'.slice(0, text.length);
    }
  for (const code of document.querySelectorAll('code'))
    for (const node of texts(code)) {
      if (/^[0-9a-f]{7,}$/.test(node.nodeValue)) node.nodeValue = like(node.nodeValue, '9ab14f2c');
      else if (/^[0-9A-HJKMNP-TV-Z]{4,6}$/.test(node.nodeValue)) node.nodeValue = like(node.nodeValue, '8A1F');
    }
}
