// What goes wrong while somebody looks: the network goes away in the middle of a live tail, the server is killed and comes
// back, and a second organization looks at the same server. Started by a test of the midplane crate; SERVER_PID is the process to
// kill. By hand: MIDPLANE=... SERVER_PID=... node e2e/hardship.mjs

import { execFileSync } from 'node:child_process';
import { claim, expect, signedIn, withBrowser } from './browser.mjs';
import { wire } from './wire.mjs';

const midplane = (...words) => execFileSync(process.env.MIDPLANE ?? 'midplane', words, { encoding: 'utf8' });
const link = () => JSON.parse(midplane('login', '-o', 'json')).url;

/** While nothing answers, the browser itself complains of each attempt. */
const forgive = (session) => {
  session.complaints.splice(
    0,
    session.complaints.length,
    ...session.complaints.filter(
      (one) => !/ERR_CONNECTION|WebSocket connection|Failed to load resource|ERR_EMPTY/.test(one),
    ),
  );
};

const rows = (page) => page.locator('.mp-grid-row').count();
const newest = (page) => page.locator('.mp-grid-row code').first().textContent();
/** New messages arrive again. */
const newer = (page, last, timeout) =>
  page.waitForFunction(
    (before) => {
      const first = document.querySelector('.mp-grid-row code')?.textContent;
      return first && first !== before;
    },
    last,
    { timeout },
  );

await withBrowser(async (browser) => {
  const real = new URL(link());
  const cable = await wire(Number(real.port));
  try {
    const through = (text) => {
      const url = new URL(text);
      url.port = String(cable.port);
      return url.href;
    };
    const session = await signedIn(browser, through(link()));
    const origin = new URL(through(real.href)).origin;

    await claim('a live tail goes on after the network was away', session, async (page) => {
      await page.goto(`${origin}/messages?live=yes`);
      await page.locator('.mp-grid-row').nth(2).waitFor({ timeout: 20_000 });
      const [before, last] = [await rows(page), await newest(page)];
      cable.cut();
      try {
        await page.getByText('The live connection is lost').waitFor({ timeout: 60_000 });
        expect((await rows(page)) >= before, 'what was seen stays');
      } finally {
        cable.mend();
      }
      await page.getByText('The live connection is lost').waitFor({ state: 'detached', timeout: 60_000 });
      await newer(page, last, 30_000);
      forgive(session);
    });

    await claim('what was read stays while the network is away, and is read again', session, async (page) => {
      await page.goto(`${origin}/failures`);
      await page.getByRole('grid', { name: 'Failures' }).waitFor();
      await page.getByRole('link', { name: 'Integrations' }).click();
      await page.getByRole('grid', { name: 'Integrations' }).waitFor();
      cable.cut();
      try {
        await page.getByRole('link', { name: 'Failures' }).click();
        await page.getByRole('grid', { name: 'Failures' }).waitFor();
        await page
          .getByText(/may be old: the server does not answer|live connection is lost/)
          .first()
          .waitFor({ timeout: 40_000 });
        // A screen that this browser never saw cannot be loaded now, and says how to go on.
        await page.getByRole('link', { name: 'Settings' }).click();
        await page.getByRole('button', { name: 'Load again' }).waitFor({ timeout: 30_000 });
      } finally {
        cable.mend();
      }
      await page.getByRole('button', { name: 'Load again' }).click();
      await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor({ timeout: 20_000 });
      forgive(session);
    });

    await claim('a live tail goes on when the server was killed and came back', session, async (page) => {
      await page.goto(`${origin}/messages?live=yes`);
      await page.locator('.mp-grid-row').nth(2).waitFor({ timeout: 30_000 });
      const last = await newest(page);
      process.kill(Number(process.env.SERVER_PID), 'SIGKILL');
      await page.getByText('The live connection is lost').waitFor({ timeout: 60_000 });
      await page.getByText('The live connection is lost').waitFor({ state: 'detached', timeout: 90_000 });
      await newer(page, last, 60_000);
      forgive(session);
    });
  } finally {
    cable.cut();
    await cable.close();
  }
});
