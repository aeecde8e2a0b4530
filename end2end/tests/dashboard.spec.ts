import { addGateway, importSims, Session, sim } from '../fixtures/fleet';
import { demoTest, expect, fleetTest, test } from '../fixtures/opencmp';
import { live, number, visit } from '../fixtures/page';
import type { Page } from '@playwright/test';

const fleet = (page: Page) => page.getByRole('region', { name: '門號總覽' });
const tile = (page: Page, word: string) => fleet(page).getByTitle(`檢視門號列表：${word}`);
const count = async (page: Page, word: string) => number(await tile(page, word).locator('strong').innerText());

fleetTest('each number links to the list that it counts', async ({ page }) => {
  await visit(page, '/');
  for (const [word, state] of [
    ['測試', 'test'],
    ['停用', 'deactivated'],
    ['已連線', 'connected'],
    ['未確認', 'unconfirmed'],
    ['未連線', 'disconnected'],
  ]) {
    const wanted = await count(page, word);
    await tile(page, word).click();
    await expect(page).toHaveURL(new RegExp(`/sims\\?state=${state}$`));
    await expect(page.getByText(wanted ? new RegExp(`，共 ${wanted} 項`) : '沒有結果')).toBeVisible();
    await page.goBack();
  }
});

fleetTest('both rows add up to the fleet', async ({ page }) => {
  await visit(page, '/');
  const all = number(await fleet(page).locator('strong').first().innerText());
  const sum = async (...words: string[]) =>
    (await Promise.all(words.map((word) => count(page, word)))).reduce((a, b) => a + b, 0);
  expect(all).toBe(120);
  expect(await sum('測試', '暫停', '啟用', '停用')).toBe(all);
  expect(await sum('已連線', '未確認', '未連線')).toBe(all);
});

demoTest('the demonstration looks alive', async ({ page }) => {
  await visit(page, '/');
  await live(page);
  await expect(page.getByRole('group', { name: /近 24 小時連線數/ }).locator('svg').first()).toBeAttached();
  await expect(page.getByRole('group', { name: /本週期與上週期累計流量/ }).locator('svg').first()).toBeAttached();
  const top = page.locator('section').filter({ has: page.getByRole('heading', { name: '本週期用量最高的門號' }) });
  expect(await top.getByRole('listitem').count()).toBeGreaterThan(3);
  const events = page.locator('section').filter({ has: page.getByRole('heading', { name: '最近事件' }) });
  expect(await events.getByRole('listitem').count()).toBeGreaterThan(3);
  expect(await count(page, '已連線')).toBeGreaterThan(0);
  await top.getByRole('listitem').first().getByRole('link').click();
  await expect(page).toHaveURL(/\/sims\/\d+/);
});

test('counts, usage and events follow the network', async ({ app, page }) => {
  const one = sim(1);
  await addGateway(app);
  await importSims(app, '環礁電力', [one, sim(2)]);
  await visit(page, '/');
  await live(page);
  await expect(tile(page, '已連線')).toContainText('0');
  const session = new Session(app, one, 's1');
  await session.start();
  await expect(tile(page, '已連線').locator('strong')).toHaveText('1');
  await expect(tile(page, '未連線').locator('strong')).toHaveText('1');
  const event = page.getByRole('listitem').filter({ hasText: '建立連線' });
  await expect(event).toContainText(one.msisdn);
  await session.update(60, 512 * 1024, 512 * 1024);
  await expect(page.getByRole('main')).toContainText('1.00 MB');
});
