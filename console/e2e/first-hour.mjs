// The console against the running product, as a newcomer meets it. Started by a test of the midplane crate, which runs the demo
// and passes the program to ask for links; by hand: MIDPLANE=... node e2e/first-hour.mjs

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { accessible, claim, expect, expectSoon, rest, shots, signedIn, withBrowser } from './browser.mjs';

const midplane = (...words) => execFileSync(process.env.MIDPLANE ?? 'midplane', words, { encoding: 'utf8' });
const link = (...words) => JSON.parse(midplane('login', '-o', 'json', ...words)).url;

/** Through the public API, with the session of the page. */
async function ask(page, query) {
  const answer = await page.evaluate(async (text) => {
    const headers = { 'content-type': 'application/json' };
    return (await fetch('/graphql', { method: 'POST', headers, body: JSON.stringify({ query: text }) })).json();
  }, query);
  expect(!answer.errors, JSON.stringify(answer.errors));
  return answer.data;
}

const SCREENS = [
  ['/', 'Home'],
  ['/integrations', 'Integrations'],
  ['/integrations/orders', 'orders'],
  ['/integrations/orders?tab=deployments', 'orders'],
  ['/integrations/orders?tab=source', 'orders'],
  ['/integrations/orders?tab=configuration', 'orders'],
  ['/integrations/orders?tab=in-flight', 'orders'],
  ['/integrations/orders?tab=send&route=take', 'orders'],
  ['/integrations/invoices', 'invoices'],
  ['/integrations/orders/routes/line', 'orders / line'],
  ['/deployments', 'Deployments'],
  ['/messages', 'Messages'],
  ['/failures', 'Failures'],
  ['/logs', 'Logs'],
  ['/runtimes', 'Runtimes'],
  ['/runtimes/laptop', 'laptop'],
  ['/runtimes/add', 'Add a runtime'],
  ['/settings?tab=sources', 'Settings'],
  ['/settings?tab=sources&source=new', 'Settings'],
  ['/settings?tab=capture', 'Settings'],
  ['/settings?tab=capture&layer=new', 'Settings'],
  ['/settings?tab=alerts', 'Settings'],
  ['/settings?tab=tokens', 'Settings'],
  ['/settings?tab=audit', 'Settings'],
];

await withBrowser(async (browser) => {
  const used = link();
  const session = await signedIn(browser, used);
  const origin = new URL(used).origin;
  const go = async (path) => {
    await session.page.goto(origin + path);
    await session.page.getByRole('heading', { level: 1 }).waitFor();
  };

  await claim('a link signs in once and leaves nothing of itself', session, async (page) => {
    const history = await page.evaluate(() =>
      JSON.stringify(performance.getEntriesByType('navigation').map((one) => one.name)),
    );
    expect(!history.includes('/login/'), `the history holds the link: ${history}`);
    const other = await browser.newPage();
    await other.goto(used);
    await other.getByRole('button', { name: 'Sign in' }).click();
    await other.getByText('MP-API-08').waitFor();
    await other.close();
  });

  await claim('a newcomer finds a failing message and sees why', session, async (page) => {
    await go('/');
    const attention = page.locator('.mp-attention');
    await attention
      .getByRole('link', { name: /messages? of/ })
      .first()
      .click();
    await page.getByRole('table', { name: 'Messages' }).locator('[role=row] a').first().click();
    await page
      .getByText(/no price for sku/)
      .first()
      .waitFor();
    await page.getByText('Likely').waitFor();
    await page.locator('.mp-box-failed').first().waitFor();
    const failed = page.locator('.mp-steps tr[aria-selected=true]');
    await failed.waitFor();
    expect((await failed.textContent())?.includes('no price'), 'the failed step is chosen and says what went wrong');
    await page.keyboard.press('ArrowLeft');
    await page.waitForURL(/step=/);
    const before = await page.locator('.mp-steps tr[aria-selected=true]').textContent();
    expect(before && !before.includes('no price'), 'left walks to the step before');
    await page.getByRole('heading', { name: 'At the start of the route' }).waitFor();
    expect(await page.locator('.mp-body-text').first().textContent(), 'the body is shown');
    await page.getByRole('tab', { name: 'Last success' }).click();
    await page.getByText('The last success of its route').waitFor();
  });

  await claim('a search is narrowed by its facets and lives in the address', session, async (page) => {
    await go('/messages');
    await page
      .getByRole('navigation', { name: 'Narrow the search' })
      .getByRole('button', { name: /Handled/ })
      .click();
    await page.waitForURL(/outcome%3Ahandled/);
    await page.locator('[role=row] [data-state=handled]').first().waitFor();
    await page.locator('[role=row] [data-state=completed]').first().waitFor({ state: 'detached' });
    await page.reload();
    expect(
      (await page.getByRole('textbox', { name: 'Search messages' }).inputValue()) === 'outcome:handled',
      'the address is the search',
    );
    await page.getByRole('textbox', { name: 'Search messages' }).fill('outcome:');
    await page.getByRole('menuitem', { name: /^failed/ }).click();
    await page.locator('[role=row] [data-state=failed]').first().waitFor();
    await page.getByRole('textbox', { name: 'Search messages' }).fill('outcome:faild');
    await page.keyboard.press('Enter');
    await page.locator('.mp-query-error').waitFor();
  });

  await claim('a search is kept as a file and as a link', session, async (page) => {
    await go('/messages?q=outcome:failed');
    await page.locator('[role=row] [data-state=failed]').first().waitFor();
    await page.getByRole('button', { name: 'Export' }).click();
    const saved = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: /^CSV/ }).click();
    const file = readFileSync(await (await saved).path(), 'utf8');
    expect(file.startsWith('id,started,'), file.slice(0, 200));
    expect(file.includes('no price for sku'), 'the rows of the search are in the file');
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy link' }).click();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    expect(/range=.+\.\./.test(decodeURIComponent(link)), `the range of the link stands still: ${link}`);
    await page.goto(link);
    await page.locator('[role=row] [data-state=failed]').first().waitFor();
  });

  await claim('steps are narrowed to what failed and what was slow', session, async (page) => {
    await go('/messages?q=outcome:failed');
    await page.locator('[role=row] a').first().click();
    await page.getByRole('button', { name: 'Failed', exact: true }).click();
    await page.waitForURL(/steps=failed/);
    await page.locator('.mp-steps tbody tr').first().waitFor();
    await page.getByRole('button', { name: 'Slower than usual' }).click();
    await page.waitForFunction(() => !document.body.textContent.includes('Reading what is usual'));
    await page.getByRole('button', { name: 'What changed at the chosen step' }).click();
    await page.getByRole('heading', { name: 'Headers', exact: true }).waitFor();
    const picture = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save as SVG' }).click();
    expect(readFileSync(await (await picture).path(), 'utf8').startsWith('<svg '), 'the diagram is a file');
  });

  await claim('a failure says when it happens and leads to what was changed', session, async (page) => {
    await go('/failures');
    await page.getByRole('grid', { name: 'Failures' }).locator('.mp-spark').first().waitFor();
    await go('/deployments');
    await page
      .getByRole('button', { name: /Details|phases/i })
      .first()
      .click();
    await page.getByRole('button', { name: 'What it changed' }).click();
    await page
      .getByText(/It was the first there|From /)
      .first()
      .waitFor();
  });

  await claim('a line of the source and its node show each other', session, async (page) => {
    await go('/integrations/orders?tab=source');
    const line = page.locator('.mp-source-code button').first();
    await line.click();
    await page.waitForURL(/node=/);
    await page.locator('.mp-source .mp-box-current').waitFor();
    expect((await page.locator('.mp-source-code tr.mp-here').count()) === 1, 'the line of the node is marked');
    await page.locator('.mp-source .mp-box').nth(2).click();
    await page.locator('.mp-source-code tr.mp-here').waitFor();
  });

  await claim('a rule is tried on a body before it is set', session, async (page) => {
    await go('/settings?tab=capture&layer=new');
    await page.getByLabel('Paths of JSON').fill('$.iban');
    await page.getByLabel('A body to try').fill('{"iban": "DE02120300000000202051", "sku": "TEA-1"}');
    await page.getByRole('button', { name: 'Try', exact: true }).click();
    await page.getByText('This body would be stored as').waitFor();
    const kept = await page.locator('.mp-body-text').textContent();
    expect(kept?.includes('TEA-1') && !kept.includes('DE02'), kept);
    await page.getByRole('button', { name: 'Set', exact: true }).click();
    await page.getByRole('grid', { name: 'Capture settings' }).getByText('also hides $.iban').waitFor();
  });

  await claim('a line of the log leads to what is around it', session, async (page) => {
    await go('/logs?integration=prices');
    await page.locator('.mp-log-live button:not([aria-expanded])').nth(3).click();
    await page.getByRole('region', { name: 'Around the line' }).locator('.mp-log-hit').waitFor({ timeout: 20_000 });
    await page.getByRole('button', { name: 'Go to its message' }).click();
    await page.waitForFunction(
      () => location.pathname.startsWith('/messages/') || document.body.textContent.includes('Messages of that minute'),
    );
  });

  await claim('the log of a time begins at that time', session, async (page) => {
    await go('/logs?integration=prices');
    const first = page.locator('.mp-log-live button:not([aria-expanded])').first();
    const clock = await first.textContent();
    const at = await page.evaluate((text) => {
      const [hours, minutes, seconds, ms] = text.split(/[:.]/).map(Number);
      const then = new Date().setHours(hours, minutes, seconds, ms);
      return `${new Date(then).toISOString()}..${new Date(then + 1).toISOString()}`;
    }, clock);
    await go(`/logs?integration=prices&at=${at}`);
    await first.waitFor({ timeout: 20_000 });
    const clocks = await page.locator('.mp-log-live button:not([aria-expanded])').allTextContents();
    expect(clocks[0] === clock && clocks.every((one) => one.slice(0, 8) === clock?.slice(0, 8)), `${clock}: ${clocks}`);
    await page.getByRole('button', { name: 'Follow the newest' }).click();
    await page.locator('.mp-log-line').nth(3).waitFor({ timeout: 20_000 });
  });

  await claim('the live tail shows messages as they arrive and can be held', session, async (page) => {
    await go('/messages?live=yes');
    await page.locator('.mp-grid-row').nth(2).waitFor({ timeout: 20_000 });
    await page.getByRole('button', { name: 'Pause' }).click();
    const held = await page.locator('.mp-grid-row').count();
    await page.getByRole('button', { name: /[1-9]\d* waiting/ }).waitFor({ timeout: 20_000 });
    expect((await page.locator('.mp-grid-row').count()) === held, 'nothing moves while it is paused');
    await page.getByRole('button', { name: /Go on/ }).click();
  });

  await claim('the log of an integration is followed', session, async (page) => {
    await go('/logs?integration=prices');
    await page.locator('.mp-log-line').nth(3).waitFor({ timeout: 20_000 });
  });

  await claim('a route says what went through which of its nodes', session, async (page) => {
    await go('/integrations/invoices');
    await page.locator('.mp-route-name', { hasText: 'invoice' }).first().waitFor();
    expect((await page.locator('.mp-box').count()) > 10, 'the routes are drawn');
    await page.getByRole('grid', { name: 'Routes' }).getByRole('link', { name: 'invoice', exact: true }).click();
    await page.getByRole('table', { name: 'Nodes' }).waitFor();
  });

  await claim('an address that names what to do with a route asks at once', session, async (page) => {
    await go('/integrations/invoices/routes/partner?do=stop&at=dev');
    const question = page.getByRole('group', { name: 'Stop partner' });
    await question.waitFor();
    await page.waitForURL((url) => !url.searchParams.has('do') && !url.searchParams.has('at'));
    await question.getByRole('button', { name: 'Cancel' }).click();
    await question.waitFor({ state: 'detached' });
  });

  await claim('a diagram is shown over the page, and Escape brings it back', session, async (page) => {
    await go('/integrations/invoices');
    await page.locator('.mp-box').first().waitFor();
    await page.getByRole('button', { name: 'Larger' }).click();
    await page.locator('.mp-diagram-over').waitFor();
    expect(
      await page.getByRole('button', { name: 'Smaller' }).evaluate((one) => one === document.activeElement),
      'the focus is kept',
    );
    await page.keyboard.press('Escape');
    await page.locator('.mp-diagram-over').waitFor({ state: 'detached' });
  });

  await claim('a diagram follows the theme as it is switched', session, async (page) => {
    await go('/integrations/invoices');
    await page.locator('.mp-box').first().waitFor();
    const ground = async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      await rest(page);
      return page.locator('.react-flow').evaluate((one) => getComputedStyle(one).backgroundColor);
    };
    const light = await ground('light');
    expect((await ground('dark')) !== light, 'the ground is dark in the dark');
    expect((await ground('light')) === light, 'and light again');
  });

  await claim('a restart is asked for, done and seen', session, async (page) => {
    await go('/integrations/prices');
    await page.getByRole('button', { name: 'Restart' }).click();
    await page.getByRole('group', { name: 'Restart prices' }).getByRole('button', { name: 'Restart' }).click();
    await page.getByRole('group', { name: 'Restart prices' }).waitFor({ state: 'detached', timeout: 30_000 });
    await page.locator('.mp-summary [data-state=running]').waitFor({ timeout: 60_000 });
  });

  await claim('a runtime is added with one command and the page waits for it', session, async (page) => {
    await go('/runtimes/add');
    await page.locator('#name').fill('warehouse-1');
    await page.getByRole('button', { name: 'Make the command' }).click();
    const command = await page.getByLabel('Command to run on the machine').inputValue();
    expect(command.includes('runner join'), command);
    await page.locator('[data-state=awaited]').waitFor();
    expect(midplane('get', 'runtimes').includes('warehouse-1'), 'the runtime is there');
    await go('/runtimes/warehouse-1');
    await page.getByRole('button', { name: 'Withdraw it' }).click();
    await page.getByText('warehouse-1 is withdrawn').waitFor();
  });

  await claim('Ctrl-K goes anywhere', session, async (page) => {
    await go('/');
    await page.keyboard.press('Control+k');
    await page.keyboard.type('invoice');
    await page
      .getByRole('menuitem', { name: /invoices/ })
      .first()
      .waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/integrations\/invoices/);
  });

  await claim('text of strangers is shown and does nothing', session, async (page) => {
    const orders = JSON.parse(midplane('get', 'integrations', '-o', 'json')).find(
      (one) => one.integration === 'orders',
    ).url;
    const hostile = '<img src=x onerror=alert(1)>\u202e\u{1f375}';
    const order = { id: hostile, customer: '<script>alert(1)</script>'.repeat(500), lines: [{ sku: hostile, qty: 1 }] };
    await fetch(orders, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(order),
    });
    await go('/messages?q=outcome:failed+integration:orders');
    const row = page.locator('[role=row]', { hasText: '<img src=x' }).first();
    await expectSoon(async () => {
      await page.reload();
      await row.waitFor({ timeout: 3_000 });
    });
    expect((await row.textContent())?.includes('\\u{202e}'), 'what turns text around is shown as its code');
    await row.locator('a').click();
    await page
      .getByText(/<script>alert/)
      .first()
      .waitFor();
    expect((await page.locator('img[src=x]').count()) === 0, 'nothing of it became an element');
  });

  for (const [theme, colorScheme] of [
    ['light', 'light'],
    ['dark', 'dark'],
  ]) {
    await session.page.emulateMedia({ colorScheme });
    for (const [path, title] of SCREENS) {
      await claim(`${path} is there, silent and accessible in ${theme}`, session, async (page) => {
        await go(path);
        await page.getByRole('heading', { level: 1, name: title }).waitFor();
        await page.waitForFunction(() => !document.querySelector('.mp-reading'), undefined, { timeout: 15_000 });
        await rest(page);
        await accessible(page, `${path} in ${theme}`);
        if (process.env.E2E_SHOTS) await shots(page, `${process.env.E2E_SHOTS}/${theme}${path.replace(/\W+/g, '-')}`);
      });
    }
  }

  await claim('who may only look is offered nothing else', session, async () => {
    const { secret } = (await ask(session.page, 'mutation { createToken(name: "looker", role: "viewer") { secret } }'))
      .createToken;
    const made = await fetch(`${origin}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query: 'mutation { createLoginLink { url } }' }),
    });
    const looker = await signedIn(browser, (await made.json()).data.createLoginLink.url);
    try {
      const { page } = looker;
      await page.goto(`${origin}/integrations/orders`);
      await page.getByRole('heading', { level: 1, name: 'orders' }).waitFor();
      await page.locator('.mp-summary').waitFor();
      expect(
        (await page.getByRole('button', { name: 'Restart' }).count()) === 0,
        'no button that the role may not press',
      );
      await page.goto(`${origin}/runtimes/add`);
      await page.getByText('You may not add runtimes').waitFor();
      await page.goto(`${origin}/settings`);
      await page.getByRole('tab', { name: 'Git sources' }).waitFor();
      expect((await page.getByRole('tab', { name: 'Audit' }).count()) === 0, 'no tab that the role may not see');
      expect(looker.complaints.length === 0, looker.complaints.join('\n'));
    } finally {
      await looker.context.close();
    }
  });

  await claim('signing out everywhere ends every browser, its live connection too', session, async (page) => {
    const second = await signedIn(browser, link());
    await go('/');
    await page.getByRole('button', { name: /^Account/ }).click();
    await page.getByRole('menuitem', { name: /Sign out everywhere/ }).click();
    await page.getByText('midplane login').waitFor();
    await second.page.goto(`${origin}/messages`);
    await second.page.getByRole('heading', { name: 'Sign in to Midplane' }).waitFor();
    await second.context.close();
    // A screen that was being read while its session ended is refused, as it should be.
    const others = session.complaints.filter((one) => !/401 \(Unauthorized\)/.test(one));
    session.complaints.splice(0, session.complaints.length, ...others);
  });
});
