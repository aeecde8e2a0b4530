import { addGateway, importSims, Session, sim } from '../fixtures/fleet';
import { demoTest, expect, test } from '../fixtures/opencmp';
import { cell, live, visit } from '../fixtures/page';

test.use({ as: 'operator' });
demoTest.use({ as: 'operator' });

test('gateways, wrong secrets, strangers and unknown SIMs', async ({ app, page }) => {
  const unknown = sim(77);
  await addGateway(app);
  await importSims(app, '環礁電力', [sim(1)]);
  await new Session(app, unknown, 'u1').update(60, 1024, 1024);
  const record = { 'Acct-Status-Type': 'Start', 'Acct-Session-Id': 'x', 'NAS-IP-Address': '127.0.0.1' };
  expect((await app.radclient('acct', record, { secret: 'another' })).code).toBeNull();
  expect((await app.radclient('acct', record, { source: '127.0.0.9' })).code).toBeNull();
  await visit(page, '/operator');
  await live(page);
  await expect(page.getByText('正常接收')).toBeVisible();

  const gateway = page.getByRole('row', { name: /pgw-tpe-01/ });
  await expect(gateway).toContainText('127.0.0.1/32');
  await expect(await cell(gateway, '密鑰不符')).toHaveText('1');
  await expect(await cell(gateway, '連線中')).toHaveText('1');
  await expect(page.getByRole('row', { name: /^127\.0\.0\.9/ })).toBeVisible();
  await expect(page.getByRole('row', { name: /環礁電力/ })).toBeVisible();

  const line = page.getByRole('row', { name: unknown.imsi });
  await expect(line).toContainText(unknown.msisdn);
  await importSims(app, '環礁電力', [unknown]);
  await expect(async () => {
    await page.reload();
    await expect(page.getByText('沒有未知門號')).toBeVisible({ timeout: 1000 });
  }).toPass();

  await page.getByRole('link', { name: '門號列表' }).first().click();
  await expect(await cell(page.getByRole('row', { name: unknown.msisdn }), '累計流量')).toHaveText('2 KB');
});

demoTest('the rate of the feed is drawn and figures move', async ({ page }) => {
  await visit(page, '/operator');
  await live(page);
  await expect(page.getByRole('group', { name: /近一小時每秒紀錄數/ })).toBeVisible();
  const accepted = page.locator('dl div').filter({ hasText: '已接收' }).locator('dd').first();
  const before = await accepted.innerText();
  await expect(accepted).not.toHaveText(before, { timeout: 30_000 });
});

test('somebody of the operator enters a customer, is told so, and leaves', async ({ app, page }) => {
  await importSims(app, '環礁電力', [sim(1)]);
  await importSims(app, '大甲水務', [sim(2)]);
  await visit(page, '/sims');
  const menu = page.getByRole('button', { name: /^我的帳號/ });
  await expect(menu).toContainText('全部企業');
  await menu.click();
  await page.getByRole('button', { name: /^大甲水務/ }).click();
  await expect(menu).toContainText('大甲水務');
  await expect(page.getByText('您正以電信維運人員身分檢視「大甲水務」')).toBeVisible();
  await visit(page, '/sims');
  await expect(page.getByRole('row', { name: sim(2).msisdn })).toBeVisible();
  await expect(page.getByRole('row', { name: sim(1).msisdn })).toHaveCount(0);
  await expect(page.getByRole('link', { name: '電信維運' })).toHaveCount(0);
  // The customer's own people see that somebody looked.
  await visit(page, '/audit');
  await expect(page.getByRole('row', { name: /進入企業檢視/ })).toContainText('operator');

  await page.getByRole('button', { name: '離開' }).click();
  await expect(page).toHaveURL(/\/operator$/);
  await expect(page.getByRole('heading', { name: '電信維運' })).toBeVisible();
});
