// A failed order of the demo is repaired in a browser: tried, edited, replayed, compared; then a message is sent, and a route is
// stopped and started. Started by a test of the midplane crate; by hand: MIDPLANE=... node e2e/repair.mjs

import { execFileSync } from 'node:child_process';
import { accessible, claim, expect, expectSoon, rest, shots, signedIn, withBrowser } from './browser.mjs';

const midplane = (...words) => execFileSync(process.env.MIDPLANE ?? 'midplane', words, { encoding: 'utf8' });
const link = () => JSON.parse(midplane('login', '-o', 'json')).url;

/** The newest messages of a search, once there are some. */
async function found(query, least = 1) {
  let rows = [];
  await expectSoon(async () => {
    rows = JSON.parse(midplane('messages', query, '-o', 'json')).nodes;
    expect(rows.length >= least, `${rows.length} messages of ${query}`);
  }, 90_000);
  return rows;
}

/** What an editor holds, and another text in its place. */
async function editText(page, editor, edit) {
  const lines = await editor.locator('.cm-line').allTextContents();
  await editor.locator('.cm-content').focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText(edit(lines.join('\n')));
}

/** The screen as it is now, for axe in both themes; pictures for whoever asked for them. */
async function looked(page, name) {
  for (const colorScheme of ['dark', 'light']) {
    await page.emulateMedia({ colorScheme });
    await rest(page);
    await accessible(page, `${name} in ${colorScheme}`);
    if (process.env.E2E_SHOTS) await shots(page, `${process.env.E2E_SHOTS}/${colorScheme}-${name}`);
  }
}

const OPEN = 'integration:orders outcome:failed -is:replay replayed:no';
const ORDER = '{"id":"SENT-FROM-A-BROWSER","customer":"Ada","lines":[{"sku":"TEA-01","qty":2}]}';

await withBrowser(async (browser) => {
  const used = link();
  const session = await signedIn(browser, used);
  const { origin } = new URL(used);
  const [failed] = await found(OPEN);
  const panel = session.page.getByRole('region', { name: /^Replay / });
  const report = panel.getByRole('region', { name: 'Dry run' });
  const result = session.page.getByRole('region', { name: 'Result' });

  await claim('a dry run says where it stops, and goes on with what is chosen', session, async (page) => {
    await page.goto(`${origin}/messages/${failed.id}`);
    await page.getByRole('button', { name: 'Replay', exact: true }).click();
    await page.waitForURL(/do=replay/);
    await panel.locator('.mp-editor .cm-line').first().waitFor();
    await panel.getByRole('button', { name: 'Dry run' }).click();
    await report.getByText('Nothing left the machine').waitFor({ timeout: 90_000 });
    await report.getByText(/^.*Stopped at step/).waitFor();
    await report.getByRole('table', { name: 'What it would have sent' }).getByText('sql insert orders').waitFor();
    await looked(page, 'replay-stopped');
    await report.getByRole('radio', { name: 'As another message was answered there' }).check();
    await report.getByRole('button', { name: 'Try again with this' }).click();
    await report.getByText(/Would complete/).waitFor({ timeout: 60_000 });
    await report.getByRole('table', { name: 'Steps of the original and of the dry run' }).waitFor();
    await panel.getByText(/as \w+ was answered there/).waitFor();
    await looked(page, 'replay-tried');
  });

  await claim('an edited order goes in once and is laid beside the original', session, async (page) => {
    await editText(page, panel.locator('.mp-editor'), (text) => text.replace('TEA-10', 'TEA-01'));
    await panel.getByText('You changed it since').waitFor();
    await page.keyboard.press('Control+Enter');
    await panel.getByText('You changed it since').waitFor({ state: 'detached', timeout: 60_000 });
    await report.getByText(/Would complete/).waitFor();
    await panel.getByRole('button', { name: 'Replay', exact: true }).click();
    const question = panel.getByRole('group', { name: /^Replay .* for real$/ });
    await question.getByText('sql insert orders').waitFor();
    await question.getByText('What you changed of it').waitFor();
    await looked(page, 'replay-asked');
    await question.getByRole('button', { name: 'Repeat them and replay' }).click();
    await result.getByText(/Repaired: completed in .* as message/).waitFor({ timeout: 60_000 });
    await result.getByRole('table', { name: 'Steps of both' }).waitFor({ timeout: 30_000 });
    await looked(page, 'replay-done');
  });

  await claim('a replay and its original lead to each other', session, async (page) => {
    await page.getByRole('tab', { name: 'Replays' }).click();
    const part = page.locator('#part');
    await part.locator('[data-state=completed]').waitFor();
    expect((await part.textContent())?.includes('edited'), 'whose body it was is said');
    await part.getByRole('link', { name: /^Message/ }).click();
    await page.getByText('a replay of').waitFor();
    await page.getByRole('tab', { name: 'Original' }).click();
    await page.getByRole('table', { name: 'Steps of both' }).waitFor();
    await page
      .locator('.mp-lead')
      .getByRole('link', { name: failed.id.slice(-4) })
      .click();
    await page.waitForURL(new RegExp(failed.id));
    await expectSoon(() => {
      const open = JSON.parse(midplane('messages', OPEN, '-o', 'json')).nodes;
      expect(!open.some((one) => one.id === failed.id), 'what is repaired is no open failure');
    });
  });

  await claim('Escape closes what is open, one thing after the other', session, async (page) => {
    const [other] = await found(OPEN);
    await page.goto(`${origin}/messages/${other.id}?do=replay`);
    await panel.locator('.mp-editor .cm-line').first().waitFor();
    await panel.locator('.mp-editor .cm-content').focus();
    await page.keyboard.press('ArrowRight');
    expect(!/step=/.test(page.url()), 'the steps stay while a body is edited');
    await page.keyboard.press('Tab');
    expect(
      await page.evaluate(() => !document.activeElement?.classList.contains('mp-editor')),
      'Tab leaves the editor',
    );
    await editText(page, panel.locator('.mp-editor'), (text) => `${text} `);
    await page.keyboard.press('Escape');
    const question = panel.getByRole('group', { name: 'Close without replaying' });
    await question.waitFor();
    await page.keyboard.press('Escape');
    await question.waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await question.getByRole('button', { name: 'Close and forget' }).click();
    await panel.waitFor({ state: 'detached' });
    const on = await page.evaluate(() => document.activeElement?.textContent);
    expect(on === 'Replay', `the button has the focus again, not "${on?.slice(0, 80)}"`);
  });

  await claim('a mask that is left alone becomes its value again on the runtime', session, async (page) => {
    const orders = JSON.parse(midplane('get', 'integrations', '-o', 'json')).find(
      (one) => one.integration === 'orders',
    );
    const order = { id: 'MASKED-1', customer: 'ana@example.org', lines: [{ sku: 'TEA-10', qty: 1 }] };
    const headers = { 'content-type': 'application/json' };
    await fetch(orders.url, { method: 'POST', headers, body: JSON.stringify(order) });
    const [message] = await found('integration:orders outcome:failed orderId:MASKED-1');
    await page.goto(`${origin}/messages/${message.id}?do=replay`);
    await panel.getByText(/Masks that you leave alone become their/).waitFor();
    await panel.locator('.cm-mask').waitFor();
    await looked(page, 'replay-masked');
    await editText(page, panel.locator('.mp-editor'), (text) => text.replace('TEA-10', 'TEA-01'));
    await panel.getByRole('button', { name: 'Replay', exact: true }).click();
    const question = panel.getByRole('group', { name: /^Replay .* for real$/ });
    await question.getByRole('button', { name: 'Repeat them and replay' }).click();
    await result.getByText(/Repaired: completed in/).waitFor({ timeout: 60_000 });
  });

  await claim('a new message is tried, sent, and found', session, async (page) => {
    await page.goto(`${origin}/integrations/orders?tab=send&route=take`);
    const tab = page.getByRole('region', { name: 'Send' });
    await tab.locator('.mp-editor .cm-content').waitFor();
    await editText(page, tab.locator('.mp-editor'), () => ORDER);
    await tab.getByRole('button', { name: 'Dry run' }).click();
    await tab.getByText('Nothing left the machine').waitFor({ timeout: 90_000 });
    await tab.getByRole('button', { name: 'Send', exact: true }).click();
    await tab.getByRole('button', { name: 'Send for real' }).click();
    await result.getByText(/Completed in/).waitFor({ timeout: 60_000 });
    await result.getByText(/accepted/).waitFor();
    await looked(page, 'send-done');
    await result.getByRole('link', { name: /^Open message/ }).click();
    await page.waitForURL(/\/messages\//);
  });

  await claim('a route is stopped, refuses what is sent, and is started again', session, async (page) => {
    await page.goto(`${origin}/integrations/orders`);
    const routes = page.getByRole('grid', { name: 'Routes' });
    await routes.getByRole('button', { name: 'Stop take' }).click();
    await page.getByRole('group', { name: 'Stop take' }).waitFor();
    await page.getByRole('group', { name: 'Stop take' }).getByRole('button', { name: 'Stop' }).click();
    await routes.getByText(/stopped by/).waitFor({ timeout: 30_000 });
    await looked(page, 'route-stopped');
    await page.goto(`${origin}/integrations/orders?tab=send&route=take`);
    const tab = page.getByRole('region', { name: 'Send' });
    await editText(page, tab.locator('.mp-editor'), () => ORDER);
    await tab.getByRole('button', { name: 'Send', exact: true }).click();
    await tab.getByRole('button', { name: 'Send for real' }).click();
    await tab.getByText('MP-RPL-02').waitFor({ timeout: 60_000 });
    await looked(page, 'send-refused');
    await tab.getByRole('link', { name: 'Go to the route' }).click();
    await page.getByRole('button', { name: 'Start take' }).click();
    await page.getByRole('group', { name: 'Start take' }).getByRole('button', { name: 'Start' }).click();
    await page.getByRole('button', { name: 'Stop take' }).waitFor({ timeout: 30_000 });
    expect((await page.getByText(/stopped by/).count()) === 0, 'nobody holds it any more');
  });

  await claim('who may only look is offered none of it', session, async () => {
    const query = 'mutation { createToken(name: "looks-only", role: "viewer") { secret } }';
    const made = await session.page.evaluate(async (text) => {
      const headers = { 'content-type': 'application/json' };
      return (await fetch('/graphql', { method: 'POST', headers, body: JSON.stringify({ query: text }) })).json();
    }, query);
    const asked = await fetch(`${origin}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${made.data.createToken.secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query: 'mutation { createLoginLink { url } }' }),
    });
    const looker = await signedIn(browser, (await asked.json()).data.createLoginLink.url);
    try {
      const { page } = looker;
      await page.goto(`${origin}/messages/${failed.id}?do=replay`);
      await page.getByRole('tab', { name: 'Replays' }).click();
      await page.locator('#part [data-state=completed]').first().waitFor();
      expect((await page.getByRole('button', { name: /^Replay/ }).count()) === 0, 'no replay');
      expect((await page.locator('.mp-replay').count()) === 0, 'an address does not open it either');
      await page.goto(`${origin}/integrations/orders`);
      await page.getByRole('grid', { name: 'Routes' }).waitFor();
      expect((await page.getByRole('tab', { name: 'Send' }).count()) === 0, 'no send');
      expect((await page.getByRole('button', { name: 'Stop take' }).count()) === 0, 'no stop');
      expect(looker.complaints.length === 0, looker.complaints.join('\n'));
    } finally {
      await looker.context.close();
    }
  });
});
