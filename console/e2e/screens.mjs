// Pictures of screens for the guides: LINK FOLDER -> one PNG each. The demo is what is shown; `cargo xtask generate screenshots`
// starts it. Times and counts differ from run to run, so nobody compares the pictures byte for byte.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { signedIn, withBrowser } from './browser.mjs';

const [link, folder] = process.argv.slice(2);
const { origin } = new URL(link);
mkdirSync(folder, { recursive: true });

/** What a guide shows, and what is there when the screen is. */
const SHOWN = [
  ['home', '/', '.mp-attention a'],
  ['integration', '/integrations/orders', '.mp-box'],
  ['source', '/integrations/orders?tab=source', '.mp-source-code button'],
  ['messages', '/messages', '.mp-grid-row'],
  ['failures', '/failures', '.mp-spark'],
  ['route', '/integrations/orders/routes/line', '.mp-box'],
  ['capture', '/settings?tab=capture&layer=new', '#level'],
  ['alerts', '/settings?tab=alerts', '.mp-rule'],
];

await withBrowser(async (browser) => {
  const { page } = await signedIn(browser, link, { viewport: { width: 1280, height: 800 }, colorScheme: 'light' });
  const shot = async (name, ready) => {
    await page.locator(ready).first().waitFor({ timeout: 60_000 });
    await page.waitForFunction(() => !document.querySelector('.mp-reading'));
    await page.waitForTimeout(300); // what fades in is there
    await page.screenshot({ path: join(folder, `${name}.png`) });
  };
  for (const [name, path, ready] of SHOWN) {
    await page.goto(origin + path);
    await shot(name, ready);
  }
  await page.goto(`${origin}/messages?q=outcome:failed`);
  await page.locator('[role=row] a').first().click();
  await shot('message', '.mp-box-failed');
});
