// Failures as work: what somebody decides about one and takes back, all of its messages tried, replayed, repaired, while the
// network goes away and the server is killed. Started by a test of the midplane crate, which gives a clone of the demo's
// repository (TEA) and the server's process (SERVER_PID).

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { accessible, claim, expect, expectSoon, rest, signedIn, withBrowser } from './browser.mjs';
import { wire } from './wire.mjs';

const midplane = (...words) => execFileSync(process.env.MIDPLANE ?? 'midplane', words, { encoding: 'utf8' });
const link = () => JSON.parse(midplane('login', '-o', 'json')).url;
const tea = process.env.TEA;
const git = (...words) =>
  execFileSync('git', ['-c', 'user.name=Grace', '-c', 'user.email=grace@tea.example', ...words], {
    cwd: tea,
    stdio: 'pipe',
  });

/** What the browser itself says while nothing answers. */
const forgive = (session) => {
  const others = session.complaints.filter(
    (one) => !/ERR_CONNECTION|WebSocket connection|Failed to load resource|ERR_EMPTY/.test(one),
  );
  session.complaints.splice(0, session.complaints.length, ...others);
};

const list = (page) => page.getByRole('grid', { name: 'Failures' });
const row = (page) => list(page).locator('tbody tr', { hasText: 'no price' }).first();
const state = (page, name) => page.locator(`[data-state=${name}]`).first();

await withBrowser(async (browser) => {
  const real = new URL(link());
  const cable = await wire(Number(real.port));
  const through = (text) => {
    const url = new URL(text);
    url.port = String(cable.port);
    return url.href;
  };
  const session = await signedIn(browser, through(link()));
  const origin = new URL(through(real.href)).origin;
  const open = async (page) => {
    await page.goto(`${origin}/failures?state=open,returned,muted,resolved`);
    await row(page)
      .getByRole('link', { name: /no price/ })
      .click();
    await page.getByRole('heading', { level: 1, name: /no price/ }).waitFor();
  };

  try {
    await claim('a failure is resolved from the list, and that is taken back', session, async (page) => {
      await page.goto(`${origin}/failures`);
      await row(page).waitFor({ timeout: 30_000 });
      const all = await list(page).locator('tbody tr').count();
      await row(page)
        .getByRole('button', { name: /^Actions for/ })
        .click();
      await page.getByRole('menuitem', { name: 'Resolve' }).click();
      await page
        .getByText(/^Success alert:|Resolved:/)
        .first()
        .waitFor();
      await expectSoon(async () => expect((await list(page).locator('tbody tr').count()) < all, 'it is no work now'));
      await page.getByRole('button', { name: 'Undo' }).click();
      await row(page).waitFor();
    });

    await claim('the states that are shown stand in the address', session, async (page) => {
      await page.goto(`${origin}/failures`);
      await row(page).waitFor();
      await page.getByRole('checkbox', { name: /^Resolved \d/ }).click();
      await page.waitForURL(/state=open%2Creturned%2Cresolved|state=open,returned,resolved/);
      await page.reload();
      expect(await page.getByRole('checkbox', { name: /^Resolved \d/ }).isChecked(), 'the address is the choice');
    });

    await claim('one is muted, assigned and noted on its page', session, async (page) => {
      await open(page);
      await page.getByRole('button', { name: 'Assign to me' }).click();
      await page.getByText('looks after it.').waitFor();
      await page.getByRole('button', { name: 'Write a note' }).click();
      await page.getByRole('textbox', { name: 'Note' }).fill('The price is missing.\u202e Asked purchasing.');
      await page.getByRole('button', { name: 'Keep' }).click();
      await page.getByText('The price is missing.\\u{202e}').waitFor();
      await page.getByLabel('How long to mute it').selectOption('7d');
      await page.getByRole('button', { name: 'Mute', exact: true }).click();
      await state(page, 'muted').waitFor();
      await page.getByText('ends in').waitFor();
      await page.getByRole('button', { name: 'Un-mute' }).click();
      await state(page, 'open').waitFor();
    });

    await claim('some of its messages are tried where nothing gets out', session, async (page) => {
      await open(page);
      await page.getByRole('button', { name: 'Dry run some of them' }).click();
      const fates = page.getByRole('grid', { name: 'What would become of them' });
      await fates.waitFor({ timeout: 90_000 });
      await fates
        .getByText(/would (stop|fail)|a replay asks anew/)
        .first()
        .waitFor();
      await page.getByText(/Tried (the newest )?\d+ in a sandbox/).waitFor();
    });

    await claim('chosen rows and whole searches lead to the same form', session, async (page) => {
      await page.goto(`${origin}/messages?q=outcome:failed`);
      await page.locator('.mp-grid-row').nth(1).waitFor();
      await page.locator('.mp-grid').focus();
      await page.keyboard.press(' ');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press(' ');
      await page.getByText('2 chosen').waitFor();
      await page.getByRole('link', { name: 'Replay them' }).click();
      await page.getByText(/2 messages can be replayed/).waitFor();
      await page.goto(`${origin}/messages?q=outcome:failed+OR+outcome:handled`);
      await page.locator('.mp-grid-row').first().waitFor();
      await page.getByRole('link', { name: 'Replay all' }).click();
      await page.getByText(/messages can be replayed/).waitFor();
    });

    await claim('a replay of many pauses by itself, goes on, and is cancelled', session, async (page) => {
      await open(page);
      await page.locator('#has-canary').setChecked(true, { force: true });
      await page.getByLabel('How many first').fill('1');
      await page.getByRole('button', { name: 'Replay', exact: true }).click();
      const question = page.getByRole('group', { name: 'Confirm the replay' });
      await question.waitFor();
      await question.getByText('The originals have done this already').waitFor();
      await question.getByLabel('Do again what they have done already').check();
      await question.getByRole('button', { name: 'Replay them' }).click();
      await page.waitForURL(/\/replays\/[0-9a-f-]{36}/);
      await state(page, 'paused').waitFor({ timeout: 60_000 });
      await page.getByText(/It paused:/).waitFor();
      await page.getByRole('button', { name: 'Cancel the rest' }).click();
      await page
        .getByRole('group', { name: 'Cancel the rest' })
        .getByRole('button', { name: 'Cancel the rest' })
        .click();
      await state(page, 'cancelled').waitFor();
      await page.getByRole('link', { name: 'Originals whose replay failed' }).click();
      await page.locator('.mp-grid-row').first().waitFor();
    });

    await claim('all of them are repaired while network and server go away', session, async (page) => {
      const prices = join(tea, 'prices/price-list.xml');
      const priced = readFileSync(prices, 'utf8').replace('</prices>', '  <price sku="TEA-10" eur="8.90"/>\n</prices>');
      writeFileSync(prices, priced);
      git('commit', '-qam', 'Price the new tea');
      git('push', '-q');
      await open(page);
      await page.locator('#has-canary').setChecked(false, { force: true });
      await page.getByLabel('At most so many a second').fill('1');
      await page.getByRole('button', { name: 'Replay', exact: true }).click();
      const question = page.getByRole('group', { name: 'Confirm the replay' });
      await question.getByLabel('Do again what they have done already').check();
      await question.getByRole('button', { name: 'Replay them' }).click();
      await page.waitForURL(/\/replays\/[0-9a-f-]{36}/);
      const begun = async () => Number(/(\d+) of \d+ begun/.exec(await page.locator('.mp-summary').textContent())?.[1]);
      await expectSoon(async () => expect((await begun()) > 0, 'the first is begun'));
      cable.cut();
      try {
        await page
          .getByText(/may be old: the server does not answer|live connection is lost/)
          .first()
          .waitFor({ timeout: 40_000 });
      } finally {
        cable.mend();
      }
      process.kill(Number(process.env.SERVER_PID), 'SIGKILL');
      await state(page, 'ended').waitFor({ timeout: 120_000 });
      const said = await page.locator('.mp-keys').textContent();
      expect(/^\s*\d+ completed\s*$/.test(said), `all of them completed: ${said}`);
      forgive(session);
    });

    await claim('what was repaired is no open failure', session, async (page) => {
      await open(page);
      const fingerprint = await page.locator('.mp-facts dd code').last().textContent();
      const found = (words) =>
        JSON.parse(midplane('messages', `fingerprint:${fingerprint} ${words}`, '-n', '200', '-o', 'json')).nodes.length;
      await expectSoon(async () => {
        // The one whose replay failed above, too: the many take it again. That replay is no failure of its own.
        const repaired = found('-is:replay replayed:ok');
        expect(repaired > 0 && found('-is:replay') === repaired, 'every original is repaired');
        await open(page);
        await page.getByText(`${repaired}: ${repaired} repaired by a replay`).waitFor({ timeout: 3_000 });
      });
      await page.getByText('No message is left to replay').waitFor();
      await page.getByRole('button', { name: 'Resolve', exact: true }).click();
      await state(page, 'resolved').waitFor();
      forgive(session);
    });

    for (const colorScheme of ['light', 'dark']) {
      await session.page.emulateMedia({ colorScheme });
      await claim(`its screens are accessible in ${colorScheme}`, session, async (page) => {
        await open(page);
        for (const path of [
          new URL(page.url()).pathname,
          '/failures?state=open,returned,muted,resolved',
          '/replays',
          '/replays/new?q=outcome:failed',
        ]) {
          await page.goto(origin + path);
          await page.getByRole('heading', { level: 1 }).waitFor();
          await page.waitForFunction(() => !document.querySelector('.mp-reading'), undefined, { timeout: 15_000 });
          await rest(page);
          await accessible(page, `${path} in ${colorScheme}`);
        }
        await page.goto(`${origin}/replays`);
        await page.getByRole('grid', { name: 'Bulk replays' }).getByRole('link').first().click();
        await page.getByText('What became of the messages').waitFor();
        await rest(page);
        await accessible(page, `a replay of many in ${colorScheme}`);
      });
    }

    await claim('who may only look decides nothing and replays nothing', session, async (page) => {
      const ask = async (headers, query) => {
        const body = JSON.stringify({ query });
        const answer = await fetch(`${real.origin}/graphql`, { method: 'POST', headers, body });
        return (await answer.json()).data;
      };
      const secret = await page.evaluate(async () => {
        const headers = { 'content-type': 'application/json' };
        const body = JSON.stringify({ query: 'mutation { createToken(name: "looker", role: "viewer") { secret } }' });
        return (await (await fetch('/graphql', { method: 'POST', headers, body })).json()).data.createToken.secret;
      });
      const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' };
      const made = await ask(headers, 'mutation { createLoginLink { url } }');
      const looker = await signedIn(browser, through(made.createLoginLink.url));
      try {
        await looker.page.goto(`${origin}/failures?state=open,returned,muted,resolved`);
        await row(looker.page).waitFor();
        expect((await looker.page.getByRole('button', { name: /^Actions for/ }).count()) === 0, 'no menu');
        await row(looker.page)
          .getByRole('link', { name: /no price/ })
          .click();
        await looker.page.getByText('What is done about it').waitFor();
        for (const name of ['Resolve', 'Open again', 'Un-mute', 'Mute', 'Replay', 'Write a note'])
          expect((await looker.page.getByRole('button', { name, exact: true }).count()) === 0, `no button ${name}`);
        await looker.page.goto(`${origin}/replays/new?q=outcome:failed`);
        await looker.page.getByText('You may not replay messages').waitFor();
        expect(looker.complaints.length === 0, looker.complaints.join('\n'));
      } finally {
        await looker.context.close();
      }
    });
  } finally {
    cable.cut();
    await cable.close();
  }
});
