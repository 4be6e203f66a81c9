// A browser for figures: nothing of it listens in, as that of the scenarios does.

import { chromium } from 'playwright-core';

export const launch = () =>
  chromium.launch({
    executablePath: process.env.MIDPLANE_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-background-networking'],
  });

/** A fresh profile; `state` is that of a browser that signed in before. */
export async function profile(browser, state) {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    ...(state ? { storageState: state } : {}),
  });
  return { context, page: await context.newPage() };
}

export async function signIn(browser, link) {
  const { context, page } = await profile(browser);
  await page.goto(link);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor();
  return { context, page };
}
