// Two organizations on one server: a person of the second sees nothing of the first, wherever they look and whatever address they
// were sent. Started by a test of the midplane crate, which makes the second organization; SECOND_TOKEN is its owner's.

import { execFileSync } from 'node:child_process';
import { claim, expect, expectSoon, rest, signedIn, withBrowser } from './browser.mjs';

const midplane = (...words) => execFileSync(process.env.MIDPLANE ?? 'midplane', words, { encoding: 'utf8' });
const firstLink = JSON.parse(midplane('login', '-o', 'json')).url;
const { origin } = new URL(firstLink);

async function answer(query, variables, headers = {}) {
  const asked = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  return asked.json();
}

const bySecond = (query, variables = {}) =>
  answer(query, variables, { authorization: `Bearer ${process.env.SECOND_TOKEN}` });

/** Through the public API, with the session of a page. */
async function ask(page, query, variables = {}) {
  const { data, errors } = await page.evaluate(
    async ([text, values]) => {
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify({ query: text, variables: values });
      return (await fetch('/graphql', { method: 'POST', headers, body })).json();
    },
    [query, variables],
  );
  expect(!errors, JSON.stringify(errors));
  return data;
}

/** Ids of everything that has an address, as the first organization's owner reads them. */
async function idsOf(page) {
  const since = new Date(Date.now() - 3_600_000).toISOString();
  const read = async () => {
    const found = await ask(
      page,
      `query($since: String!) {
        messages(query: "outcome:failed", first: 1) { nodes { id } }
        failureGroups(since: $since) { id }
        deployments(first: 1) { nodes { id } }
      }`,
      { since },
    );
    const [message, failure] = [found.messages.nodes[0]?.id, found.failureGroups[0]?.id];
    expect(message && failure, 'a message failed, and its group is known');
    return { message, failure, deployment: found.deployments.nodes[0].id };
  };
  const ids = await expectSoon(read);
  const started = await ask(
    page,
    'mutation { startBulkReplay(query: "outcome:failed", canary: 1, perSecond: 1, stopAfter: 1) { id } }',
  );
  return { ...ids, bulk: started.startBulkReplay.id };
}

/** Nothing of the tea shop is on the page, in its title or in its address. */
async function expectNothing(page) {
  const text = await page.evaluate(() => `${document.title}\n${document.body.textContent}`);
  for (const word of ['no price for', 'TEA-', 'invoices', 'outcome:failed', 'IllegalArgument'])
    expect(!text.includes(word), `the page says "${word}"`);
}

await withBrowser(async (browser) => {
  const first = await signedIn(browser, firstLink);
  const ids = await idsOf(first.page);
  const made = await bySecond('mutation { createLoginLink { url } }');
  const second = await signedIn(browser, made.data.createLoginLink.url);
  const settled = async (page) => {
    await page.waitForFunction(() => !document.querySelector('.mp-reading, .mp-loading'), undefined, {
      timeout: 15_000,
    });
    await rest(page);
  };

  for (const [path, said] of [
    ['/', 'Nothing needs you'],
    ['/integrations', undefined],
    ['/deployments', 'Nothing was deployed yet'],
    ['/messages?range=7d', 'No messages in this time'],
    ['/failures?range=7d', 'Nothing failed in this time'],
    ['/replays', 'There was no bulk replay yet'],
    ['/logs', undefined],
    ['/runtimes', undefined],
    ['/settings?tab=sources', undefined],
    ['/settings?tab=audit', undefined],
  ]) {
    await claim(`${path} shows a second organization nothing of the first`, second, async (page) => {
      await page.goto(origin + path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await settled(page);
      if (said) await page.getByText(said).first().waitFor();
      await expectNothing(page);
      expect((await page.getByText('laptop', { exact: true }).count()) === 0, 'no runtime of the first is named');
    });
  }

  for (const [path, said] of [
    [`/messages/${ids.message}`, 'There is no such thing'],
    [`/failures/${encodeURIComponent(ids.failure)}`, /There is no such/],
    [`/replays/${ids.bulk}`, 'There is no such thing'],
    ['/integrations/orders', 'There is no integration orders'],
    ['/integrations/orders/routes/take', 'There is no route take'],
    ['/runtimes/laptop', 'There is no runtime laptop'],
    [`/deployments?id=${ids.deployment}`, 'Nothing was deployed yet'],
    ['/messages?q=outcome:failed&range=7d', 'No message matches'],
  ]) {
    await claim(
      `the address ${path.replace(/[0-9A-F-]{20,}/i, 'ID')} leads a second organization nowhere`,
      second,
      async (page) => {
        await page.goto(origin + path);
        await page.getByText(said).first().waitFor({ timeout: 15_000 });
        expect((await page.getByText('no price for').count()) === 0, 'nothing of the message is shown');
      },
    );
  }

  await claim('a live tail of a second organization stays silent', second, async (page) => {
    await page.goto(`${origin}/messages?live=yes`);
    await page.getByText('Waiting for messages').waitFor();
    // The first one hears some meanwhile: one order a second comes in.
    await first.page.goto(`${origin}/messages?live=yes`);
    await first.page.locator('.mp-grid-row').nth(3).waitFor({ timeout: 30_000 });
    expect((await page.locator('.mp-grid-row').count()) === 0, 'nothing arrived');
  });

  await claim('Ctrl-K knows nothing of the first', second, async (page) => {
    await page.goto(`${origin}/`);
    await page.getByText('Nothing needs you').waitFor();
    // What it asks for when it opens is of all environments; Home asked for that of the top bar.
    const answers = ['Integrations', 'Routes', 'Deployments'].map((name) =>
      page.waitForResponse((answer) => {
        const asked = answer.request().postData() ? answer.request().postDataJSON() : undefined;
        return asked?.query?.includes(`query ${name}(`) && !('environment' in asked.variables);
      }),
    );
    await page.keyboard.press('Control+k');
    await page.keyboard.type('orders');
    for (const answer of await Promise.all(answers)) await answer.finished();
    await rest(page);
    expect(
      (await page.getByRole('menuitem', { name: /^(Restart )?orders/ }).count()) === 0,
      'no integration is offered',
    );
  });

  await claim('what is forced is refused as not there', second, async () => {
    const { message, failure, bulk } = ids;
    for (const [query, variables] of [
      ['query($id: String!) { message(id: $id) { exchange } }', { id: message }],
      ['query($id: String!) { messagePayloads(id: $id) { body } }', { id: message }],
      ['mutation($id: ID!) { replayMessage(message: $id) { id } }', { id: message }],
      ['mutation($id: ID!) { dryReplay(message: $id) { outcome } }', { id: message }],
      ['mutation($id: ID!) { resolveFailureGroup(id: $id) { id } }', { id: failure }],
      ['mutation($id: ID!) { noteFailureGroup(id: $id, note: "mine") { id } }', { id: failure }],
      ['mutation($id: ID!) { changeBulkReplay(id: $id, action: CANCEL) { id } }', { id: bulk }],
    ]) {
      const { errors } = await bySecond(query, variables);
      expect(errors?.[0]?.extensions?.kind === 'not_found', `${query}: ${JSON.stringify(errors)}`);
    }
    const { data } = await bySecond('query($id: ID!) { failureGroup(id: $id) { id } }', { id: failure });
    expect(data && data.failureGroup === null, 'a group of the first is null');
  });
});
