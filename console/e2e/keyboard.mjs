// A failing message is found, understood and acted upon without a mouse. Only keys are pressed; what has the focus is read from
// the page. Started by a test of the midplane crate; by hand: MIDPLANE=... node e2e/keyboard.mjs

import { execFileSync } from 'node:child_process';
import { claim, expect, expectSoon, signedIn, withBrowser } from './browser.mjs';

const midplane = (...words) => execFileSync(process.env.MIDPLANE ?? 'midplane', words, { encoding: 'utf8' });
const link = () => JSON.parse(midplane('login', '-o', 'json')).url;

/** Orders that nobody repaired yet. */
const OPEN = 'integration:orders outcome:failed -is:replay replayed:no';

/** As a screen reader would say what has the focus. Something always has it, whatever was read again meanwhile. */
const focused = (page) =>
  page.evaluate(() => {
    let on = document.activeElement;
    while (on?.shadowRoot?.activeElement) on = on.shadowRoot.activeElement;
    if (!on || on === document.body) throw new Error('nothing has the focus');
    const labels = [...(on.labels ?? [])].map((label) => label.textContent).join(' ');
    return `${on.getAttribute('aria-label') ?? ''} ${labels} ${on.textContent ?? ''}`.trim();
  });

/** Tab until the focus is on something that says this. A ring of keys that never gets there fails. */
async function tabTo(page, wanted, { most = 120, key = 'Tab' } = {}) {
  for (let at = 0; at < most; at += 1) {
    await page.keyboard.press(key);
    if (wanted.test(await focused(page))) return;
  }
  throw new Error(`no way by Tab to ${wanted}; the focus is on "${(await focused(page)).slice(0, 80)}"`);
}

/** The rows of messages, which are one stop: its name, then its first column. */
const LIST = /^Messages\s+Outcome/;

/** Whoever tabs must see where they are. */
async function expectSeen(page) {
  const isSeen = await page.evaluate(() => {
    const style = getComputedStyle(document.activeElement);
    const own = style.outlineStyle !== 'none' || style.boxShadow !== 'none';
    const around = document.activeElement?.closest('.pf-v6-c-text-input-group, .pf-v6-c-form-control, .pf-v6-c-button');
    return own || (around !== null && around !== undefined);
  });
  expect(isSeen, `the focus is seen on "${(await focused(page)).slice(0, 80)}"`);
}

await withBrowser(async (browser) => {
  const used = link();
  const session = await signedIn(browser, used);
  const { origin } = new URL(used);

  await claim('from Home to the failed step, by keys', session, async (page) => {
    await page.goto(`${origin}/`);
    await page
      .locator('.mp-attention a', { hasText: /messages? of/ })
      .first()
      .waitFor({ timeout: 30_000 });
    await tabTo(page, /^\s*Skip to content/, { most: 3 });
    // A list opens below the line, and closes behind whoever passes it.
    const places = page.getByRole('menuitem').first();
    await tabTo(page, /^Go to a screen/);
    await places.waitFor();
    await page.keyboard.press('Tab');
    await places.waitFor({ state: 'detached' });
    await focused(page);
    await tabTo(page, /messages? of orders/);
    await expectSeen(page);
    await page.keyboard.press('Enter');
    await page.waitForURL(/fingerprint/);
    await page.locator('.mp-grid-row').first().waitFor();
    // The list is one stop; arrows choose within it.
    await tabTo(page, LIST);
    await expectSeen(page);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/messages\/[0-9a-f]/i);
    await page.locator('.mp-steps tr[aria-selected=true]').waitFor();
    const failed = await page.locator('.mp-steps tr[aria-selected=true]').textContent();
    await page.keyboard.press('ArrowLeft');
    await page.waitForURL(/step=/);
    const chosen = () => page.locator('.mp-steps tr[aria-selected=true]').textContent();
    await expectSoon(async () => expect((await chosen()) !== failed, 'left walks the steps'));
  });

  await claim('what the step changed, and what was logged, by keys', session, async (page) => {
    await tabTo(page, /^Log$/);
    await expectSeen(page);
    await page.keyboard.press('Enter');
    await page.waitForURL(/tab=log/);
  });

  await claim('a failed message is tried, edited and replayed, by keys', session, async (page) => {
    const panel = page.getByRole('region', { name: /^Replay / });
    const report = panel.getByRole('region', { name: 'Dry run' });
    await page.goto(`${origin}/messages?q=${encodeURIComponent(OPEN)}`);
    await page.locator('.mp-grid-row').first().waitFor();
    await tabTo(page, LIST);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/messages\/[0-9a-f]/i);
    const original = page.url();
    await page.getByRole('button', { name: 'Replay', exact: true }).waitFor();
    await tabTo(page, /^Replay$/);
    await page.keyboard.press('Enter');
    await panel.locator('.mp-editor .cm-line').first().waitFor();
    await tabTo(page, /^Dry run$/);
    await expectSeen(page);
    await page.keyboard.press('Enter');
    await report.getByText(/^.*Stopped at step/).waitFor({ timeout: 90_000 });
    expect(/^Dry run$/.test(await focused(page)), 'the button that waited keeps the focus');
    // One stop for all answers; arrows choose among them.
    await tabTo(page, /^As another message was answered there/);
    await page.keyboard.press('ArrowDown');
    expect(/^A reply that I write/.test(await focused(page)), 'an arrow chooses the next answer');
    await page.keyboard.press('ArrowUp');
    await tabTo(page, /^Try again with this$/);
    await page.keyboard.press('Enter');
    await report.getByText(/Would complete/).waitFor({ timeout: 60_000 });
    expect(/^Dry run/.test(await focused(page)), 'what it found has the focus when its question is gone');

    await tabTo(page, /^Body\s+\{/, { key: 'Shift+Tab' });
    const lines = await panel.locator('.mp-editor .cm-line').allTextContents();
    await page.keyboard.press('Control+a');
    await page.keyboard.insertText(lines.join('\n').replace('TEA-10', 'TEA-01'));
    await panel.getByText('You changed it since').waitFor();
    await page.keyboard.press('Control+Enter');
    await panel.getByText('You changed it since').waitFor({ state: 'detached', timeout: 60_000 });
    await tabTo(page, /^Replay$/);
    await page.keyboard.press('Enter');
    await panel.getByRole('group', { name: /^Replay .* for real$/ }).waitFor();
    expect(/replay/i.test(await focused(page)), 'the question has the focus');
    await page.keyboard.press('Enter');
    await panel.getByText(/Repaired: completed in .* as message/).waitFor({ timeout: 60_000 });
    await panel.getByRole('table', { name: 'Steps of both' }).waitFor({ timeout: 30_000 });
    expect(/^Result/.test(await focused(page)), 'the result has the focus');
    await tabTo(page, /^Open message/);
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.pathname !== new URL(original).pathname);
    await page.getByRole('heading', { level: 1, name: /Completed/ }).waitFor();
    expect(/^Screen/.test(await focused(page)), 'the next screen has the focus');
  });

  await claim('Ctrl-K restarts an integration after a question', session, async (page) => {
    await page.keyboard.press('Control+k');
    await page.keyboard.type('restart prices');
    await page
      .getByRole('menuitem', { name: /Restart prices/ })
      .first()
      .waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/do=restart/);
    const question = page.getByRole('group', { name: 'Restart prices' });
    await question.waitFor();
    await tabTo(page, /^Restart$/);
    await page.keyboard.press('Enter');
    await question.waitFor({ state: 'detached', timeout: 30_000 });
  });

  await claim('a search is typed, completed and shared, by keys', session, async (page) => {
    await page.goto(`${origin}/messages`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await tabTo(page, /^Search messages/);
    await page.keyboard.type('outcome:');
    await page.getByRole('menuitem', { name: /^failed/ }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL(/outcome/);
    await page.keyboard.press('Escape');
    await tabTo(page, /^Export/);
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: /^CSV/ }).waitFor();
    await page.keyboard.press('ArrowDown');
    const saved = page.waitForEvent('download');
    await page.keyboard.press('Enter');
    expect((await saved).suggestedFilename().endsWith('.csv'), 'the rows are a file');
  });
});
