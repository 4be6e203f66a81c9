// A real Chromium with an empty profile for one scenario. Whatever a page complains about fails the scenario: an error on its
// console, a request to another origin, something that the content security policy refused. A failure leaves a screenshot and
// a trace and says where.

import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const OUT = process.env.E2E_OUT ?? join(tmpdir(), 'midplane-e2e');

export async function withBrowser(work) {
  const browser = await chromium.launch({
    executablePath: process.env.MIDPLANE_CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  });
  try {
    await work(browser);
  } finally {
    await browser.close();
  }
  if (failed.length > 0) throw new Error(`${failed.length} claims failed: ${failed.join('; ')}`);
}

/** Claims that failed; the others still say what they know. */
const failed = [];

/** A page that is signed in by pressing the button behind a one-time link. */
export async function signedIn(browser, link, options = {}) {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    acceptDownloads: true,
    reducedMotion: 'reduce',
    ...options,
  });
  // Pages as they were, not a film of them: that would paint every page twice.
  await context.tracing.start({ snapshots: true });
  const page = await context.newPage();
  const complaints = watch(page, new URL(link).origin);
  await page.goto(link);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor();
  return { context, page, complaints };
}

function watch(page, origin) {
  const complaints = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (err) => complaints.push(`exception: ${err.stack ?? err}`));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    const isOwn =
      url.origin === origin || url.host === new URL(origin).host || ['data:', 'blob:'].includes(url.protocol);
    if (!isOwn) complaints.push(`a request to ${url.origin}`);
  });
  return complaints;
}

/** Runs a named claim; when it fails, the page is kept as it was. */
export async function claim(name, session, check) {
  const begun = Date.now();
  await session.context.tracing.startChunk();
  try {
    await check(session.page);
    if (session.complaints.length > 0) throw new Error(`the page complained:\n  ${session.complaints.join('\n  ')}`);
    await session.context.tracing.stopChunk();
    console.log(`ok   ${name} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
  } catch (err) {
    mkdirSync(OUT, { recursive: true });
    const file = join(OUT, name.replace(/\W+/g, '-'));
    await session.page.screenshot({ path: `${file}.png` }).catch(() => undefined);
    await session.context.tracing.stopChunk({ path: `${file}.zip` }).catch(() => undefined);
    console.log(`FAIL ${name}\n     at ${session.page.url()}\n     screenshot ${file}.png, trace ${file}.zip`);
    console.log(
      `     ${String(err.stack ?? err)
        .split('\n')
        .slice(0, 14)
        .join('\n     ')}`,
    );
    failed.push(name);
    session.complaints.length = 0;
  }
}

/** WCAG 2.1 A and AA by axe. */
export async function accessible(page, what) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }),
  );
  const said = violations.map(
    (one) =>
      `${one.id}: ${one.help}\n${one.nodes
        .slice(0, 3)
        .map((node) => `    ${node.html.slice(0, 200)}\n    ${node.any.map((it) => it.message).join('; ')}`)
        .join('\n')}`,
  );
  if (said.length > 0) throw new Error(`${what}:\n  ${said.join('\n  ')}`);
}

/** As a person with a large and with a small screen sees it. */
export async function shots(page, file) {
  for (const [width, height] of [
    [1440, 900],
    [1024, 768],
  ]) {
    await page.setViewportSize({ width, height });
    await rest(page);
    await page.screenshot({ path: `${file}-${width}.png` });
  }
  await page.setViewportSize({ width: 1440, height: 900 });
}

/** What fades in or changes its colours has come to rest; before, axe and pictures see it half way. Wheels turn for ever. */
export async function rest(page) {
  const isAtRest = await page.evaluate(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const isMoving = (one) => one.playState === 'running' && Number.isFinite(one.effect?.getComputedTiming().endTime);
    const end = performance.now() + 10_000;
    // One frame for what was asked for to begin, one for a diagram to be where it is to be.
    for (let still = 0; still < 2 && performance.now() < end; ) {
      const before = document.querySelector('.react-flow__viewport')?.style.transform;
      await frame();
      const after = document.querySelector('.react-flow__viewport')?.style.transform;
      still = before === after && !document.getAnimations().some(isMoving) ? still + 1 : 0;
    }
    return performance.now() < end;
  });
  expect(isAtRest, 'the page comes to rest');
}

export function expect(condition, message) {
  if (!condition) throw new Error(message);
}

/** Often enough to be there soon, seldom enough to leave the machine to what is waited for. */
const AGAIN_MS = 100;

/** Tries again for a while: a message takes a moment from the route to the store. */
export async function expectSoon(attempt, deadlineMs = 30_000) {
  const end = Date.now() + deadlineMs;
  for (;;) {
    try {
      return await attempt();
    } catch (err) {
      if (Date.now() > end) throw err;
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}
