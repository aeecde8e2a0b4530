import { addGateway, importSims, Session, sim } from '../fixtures/fleet';
import { expect, test } from '../fixtures/opencmp';
import { alive, cell, live, visit } from '../fixtures/page';

/** From the gateway's packet to the row on the screen. */
const WITHIN = { timeout: 1000 };

test('Start, Interim-Update and Stop change the row in an open browser within a second', async ({ app, page }) => {
  const [watched, other] = [sim(1), sim(2)];
  await addGateway(app);
  await importSims(app, '環礁電力', [watched, other]);
  await visit(page, '/sims');
  await live(page);
  const row = page.getByRole('row', { name: watched.msisdn });
  const connection = await cell(row, '連線狀態');
  const [today, cycle] = [await cell(row, '當日流量'), await cell(row, '累計流量')];
  const connected = page.getByRole('link', { name: /^已連線 / });
  await expect(connection).toContainText('未連線');
  await expect(today).toHaveText('0 B');

  const session = new Session(app, watched, '0A14000100000001');
  await session.start();
  await expect(connection).toContainText('已連線 (Start)', WITHIN);
  await expect(connected).toContainText('1', WITHIN);

  await session.update(60, 200 * 1024, 772 * 1024);
  await expect(connection).toContainText('已連線 (Alive)', WITHIN);
  await expect(today).toHaveText('972 KB', WITHIN);
  await expect(cycle).toHaveText('972 KB', WITHIN);
  await expect(await cell(row, 'APN')).toHaveText('internet.iot');

  await session.stop(120, 200 * 1024, 1024 * 1024);
  await expect(connection).toContainText('未連線 (Stop)', WITHIN);
  await expect(today).toHaveText('1 MB', WITHIN);
  await expect(connected).toContainText('0', WITHIN);

  const still = await cell(page.getByRole('row', { name: other.msisdn }), '連線狀態');
  await expect(still).toHaveText(/^未連線\s*$/);
});

test('rows stay where they are; the page says when the order would be another', async ({ app, page }) => {
  const [first, second] = [sim(1), sim(2)];
  await addGateway(app);
  await importSims(app, '環礁電力', [first, second]);
  await new Session(app, first, 'a').update(60, 0, 2048);
  await visit(page, '/sims?sort=-cycle');
  await live(page);
  const rows = page.getByRole('row', { name: /0400010/ });
  await expect(rows.first()).toContainText(first.msisdn);

  await new Session(app, second, 'b').update(60, 0, 4096);
  await expect(await cell(rows.nth(1), '累計流量')).toHaveText('4 KB');
  await expect(rows.first()).toContainText(first.msisdn);
  await page.getByRole('button', { name: '更新順序' }).click();
  await expect(rows.first()).toContainText(second.msisdn);
});

test('a SIM that is imported while the list is open is there after the next look', async ({ app, page }) => {
  await importSims(app, '環礁電力', [sim(1)]);
  await visit(page, '/sims');
  await live(page);
  await importSims(app, '環礁電力', [sim(2)]);
  // The count follows by itself.
  await expect(page.getByRole('link', { name: /^全部 / })).toContainText('2');
  await page.reload();
  await expect(page.getByRole('row', { name: sim(2).msisdn })).toBeVisible();
});

test('a page that watches nothing claims nothing', async ({ page }) => {
  const status = page.getByTestId('live-status');
  await page.goto('/usage');
  await expect(status).toBeHidden({ timeout: 1 });
  await alive(page);
  await expect(status).toBeHidden();
  await page.getByRole('link', { name: '門號列表' }).first().click();
  await live(page);
  await page.getByRole('link', { name: '用量查詢' }).click();
  await expect(status).toBeHidden();
});
