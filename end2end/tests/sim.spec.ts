import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { addGateway, importSims, Session, sim } from '../fixtures/fleet';
import { expect, test, type OpenCmp } from '../fixtures/opencmp';
import { cell, live, visit } from '../fixtures/page';

const one = sim(1);
const tab = (page: Page, name: string) => page.getByRole('navigation', { name: '門號資料' }).getByRole('link', { name });
const card = (page: Page, title: string) =>
  page.locator('section').filter({ has: page.getByRole('heading', { name: title, exact: true }) });

/** The lines of the file that is offered, the header first. */
async function csv(page: Page): Promise<string[]> {
  const waiting = page.waitForEvent('download');
  await page.getByRole('link', { name: '下載 CSV' }).click();
  const text = await readFile(await (await waiting).path(), 'utf8');
  return text.replace(/^\uFEFF/, '').trim().split(/\r?\n/);
}

/** A SIM with a session that ended and one that goes on. */
async function connected(app: OpenCmp): Promise<Session> {
  await addGateway(app);
  await importSims(app, '環礁電力', [one]);
  const first = new Session(app, one, '0A14000100000001');
  await first.start();
  await first.stop(0, 1024, 3072);
  const second = new Session(app, one, '0A14000100000002');
  await second.start();
  await second.update(0, 2048, 0);
  await app.idle();
  return second;
}

test('who it is, by a click in the clipboard', async ({ app, page, context }) => {
  await connected(app);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await visit(page, '/sims');
  await page.getByRole('link', { name: one.msisdn, exact: true }).click();
  await expect(page).toHaveTitle(`門號 ${one.msisdn} · OpenCMP`);
  const identity = card(page, '識別資料');
  await expect(identity).toContainText(one.name);
  await expect(identity).toContainText(one.group);
  for (const [what, value] of [
    ['ICCID', one.iccid],
    ['IMSI', one.imsi],
    ['國際格式', `+886${one.msisdn.slice(1)}`],
  ]) {
    await identity.getByRole('button', { name: new RegExp(`^複製 ${what} `) }).click();
    await expect(page.getByRole('status').filter({ hasText: `已複製 ${value}` })).toBeVisible();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(value);
  }
});

test('the current session, with network, age and usage, follows the network', async ({ app, page }) => {
  const session = await connected(app);
  await visit(page, '/sims/1');
  await live(page);
  const current = card(page, '目前連線');
  await expect(current).toContainText('46692');
  await expect(current).toContainText('LTE');
  await expect(current).toContainText('10.0.0.7');
  await expect(current).toContainText('internet.iot');
  await expect(current).toContainText('0A14000100000002');
  await expect(current).toContainText('2 KB');
  const path = page.getByRole('region', { name: '連線路徑' });
  await expect(path).toContainText('已連線 (Alive)');
  await expect(page.getByRole('group', { name: /每日流量/ }).locator('svg').first()).toBeAttached();

  await session.update(1, 5 * 1024, 0);
  await expect(current).toContainText('5 KB');
  await session.stop(2, 5 * 1024, 0);
  await expect(path).toContainText('未連線 (Stop)');
  await expect(current).toContainText('目前沒有數據連線');
});

test('the history is filtered, and downloaded', async ({ app, page }) => {
  await connected(app);
  await visit(page, '/sims/1');
  await tab(page, '連線紀錄').click();
  await expect(page).toHaveURL(/tab=sessions/);
  const history = page.getByRole('region', { name: '連線紀錄' });
  const rows = history.locator('tbody tr');
  await expect(rows).toHaveCount(2);
  await expect(await cell(rows.first(), '結束')).toContainText('進行中');
  await expect(await cell(rows.last(), '下行')).toHaveText('3 KB');
  // The RADIUS client, and the gateway behind it as its packets name it.
  await expect(await cell(rows.last(), '閘道')).toHaveText('pgw-tpe-01 · 127.0.0.1');
  await page.getByRole('radio', { name: '已結束' }).check();
  await expect(page).toHaveURL(/show=ended/);
  await expect(rows).toHaveCount(1);
  const ended = await csv(page);
  expect(ended).toHaveLength(1 + 1);
  expect(ended[1]).toContain('0A14000100000001');
  await page.goBack();
  await expect(rows).toHaveCount(2);
  expect(await csv(page)).toHaveLength(1 + 2);
});

test('the time line tells what happened, newest first', async ({ app, page }) => {
  const session = await connected(app);
  await session.stop(2, 2048, 0);
  await app.idle();
  await visit(page, '/sims/1?tab=timeline');
  const events = card(page, '事件歷程').getByRole('listitem');
  await expect(events.first()).toContainText('結束連線');
  await expect(events.filter({ hasText: '建立連線' })).toHaveCount(2);
  await expect(events.filter({ hasText: '結束連線' })).toHaveCount(2);
  await expect(page.getByRole('heading', { name: /^今天 / })).toBeVisible();
});

test('usage of the SIM, and the way to more', async ({ app, page }) => {
  await connected(app);
  await visit(page, '/sims/1?tab=usage');
  await expect(page.getByRole('group', { name: /每日流量/ })).toBeVisible();
  await page.getByRole('main').getByRole('link', { name: '圖表連動查詢' }).click();
  await expect(page).toHaveURL(/\/usage\?.*sim=1/);
  await expect(page.getByRole('heading', { name: new RegExp(`門號每日流量.*${one.msisdn}`) })).toBeVisible();
});
