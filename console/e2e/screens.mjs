// The browser's part of `cargo xtask generate screenshots`: LINK FOLDER -> one PNG for each picture of the guides.

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { signedIn, withBrowser } from './browser.mjs';
import { SIZE, takeAll } from './pictures.mjs';

/** Every clone has them, and every change of one stays in the history. */
const MOST_BYTES = 2_000_000;

const [link, folder] = process.argv.slice(2);
await withBrowser(async (browser) => {
  const { page } = await signedIn(browser, link, { viewport: SIZE, colorScheme: 'light' });
  await takeAll(page, new URL(link).origin, folder);
});
const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
if (bytes > MOST_BYTES) throw new Error(`the pictures have ${bytes} bytes, more than ${MOST_BYTES}`);
