// The tail's part of `cargo xtask bench console`: LINK SECONDS live|paused -> one line of JSON. Frames are those of
// requestAnimationFrame over the whole window; messages are counted where they arrive, in the page's own socket.

import { launch, signIn } from './figures-browser.mjs';

const [link, text, mode] = process.argv.slice(2);
const seconds = Number(text);
const { origin } = new URL(link);
/** Frames that a second can have at most, for room that is made before the window begins. */
const FASTEST = 240;

const browser = await launch();
const { context, page } = await signIn(browser, link);
await context.addInitScript(() => {
  // Counted beside the page's own listener, which gets every message as before.
  const counts = { arrived: 0, missed: 0 };
  globalThis.tailCounts = counts;
  const Socket = globalThis.WebSocket;
  globalThis.WebSocket = class extends Socket {
    constructor(...words) {
      super(...words);
      this.addEventListener('message', ({ data }) => {
        const missed = /"missed":(\d+)/.exec(data);
        if (missed) counts.missed += Number(missed[1]);
        else if (data.includes('"message":{')) counts.arrived += 1;
      });
    }
  };
});
await page.goto(`${origin}/messages?live=yes`);
await page.locator('.mp-grid-row').nth(2).waitFor();
if (mode === 'paused') await page.getByRole('button', { name: 'Pause' }).click();
if ((await page.evaluate(() => document.visibilityState)) !== 'visible') throw new Error('the tab is not visible');

const tools = await context.newCDPSession(page);
await tools.send('HeapProfiler.enable');
const heap = async () => {
  // Twice: what finalizers let go is collected by the second.
  await tools.send('HeapProfiler.collectGarbage');
  await tools.send('HeapProfiler.collectGarbage');
  return (await tools.send('Runtime.getHeapUsage')).usedSize;
};

await page.evaluate((most) => {
  const seen = { frames: new Float64Array(most), count: 0, paints: 0, before: { ...globalThis.tailCounts } };
  globalThis.tailSeen = seen;
  let last = performance.now();
  let newest = '';
  const look = (now) => {
    if (seen.count < seen.frames.length) seen.frames[seen.count] = now - last;
    seen.count += 1;
    last = now;
    const row = document.querySelector('.mp-grid-row code')?.textContent ?? '';
    if (row !== newest) {
      newest = row;
      seen.paints += 1;
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}, seconds * FASTEST);

const begun = Date.now();
// Of a short window, for a quick look, a fifth stands for the first minute.
const firstMs = Math.min(60_000, seconds * 200);
const wait = (untilMs) => new Promise((resolve) => setTimeout(resolve, Math.max(0, begun + untilMs - Date.now())));
await wait(firstMs);
const first = await heap();
await wait(seconds * 1000);
const found = await page.evaluate(() => {
  const { frames, count, paints, before } = globalThis.tailSeen;
  // The first one began before the window.
  const sorted = frames.slice(1, count).sort();
  const share = (part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
  const { arrived, missed } = globalThis.tailCounts;
  return {
    frame_p50_ms: share(0.5),
    frame_p99_ms: share(0.99),
    frames: sorted.length,
    arrived: arrived - before.arrived,
    missed: missed - before.missed,
    paints,
  };
});
const took = (Date.now() - begun) / 1000;
const last = await heap();
await browser.close();
console.log(JSON.stringify({ ...found, heap_ratio: last / first, seconds: took }));
