import { importSims, sim } from '../fixtures/fleet';
import { CUSTOMER, expect, signIn, test } from '../fixtures/opencmp';
import { accessible, visit } from '../fixtures/page';

test.use({ as: 'operator' });

test('a gateway is added, takes packets, is changed and removed', async ({ app, page }) => {
  await visit(page, '/manage');
  await expect(page.getByText('尚未登錄閘道')).toBeVisible();
  await page.getByRole('button', { name: '新增閘道' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('名稱').fill('pgw-tpe-01');
  await dialog.getByLabel('來源位址').fill('127.0.0.1');
  await dialog.getByLabel('密鑰').fill('testing123');
  await dialog.getByRole('button', { name: '儲存' }).click();
  const row = page.getByRole('row', { name: /pgw-tpe-01/ });
  await expect(row).toContainText('127.0.0.1/32');
  const record = { 'Acct-Status-Type': 'Start', 'Acct-Session-Id': 'x', 'NAS-IP-Address': '127.0.0.1' };
  await expect.poll(async () => (await app.radclient('acct', record)).code).toBe('Accounting-Response');

  await page.getByRole('button', { name: '編輯 pgw-tpe-01' }).click();
  await dialog.getByLabel('名稱').fill('pgw-tpe-02');
  await dialog.getByLabel('上下行相反').check();
  await dialog.getByRole('button', { name: '儲存' }).click();
  await expect(page.getByRole('row', { name: /pgw-tpe-02/ })).toContainText('上下行相反');
  // The secret stayed, also once the server has noticed the change.
  for (const again of ['y', 'z']) {
    expect((await app.radclient('acct', { ...record, 'Acct-Session-Id': again })).code).toBe('Accounting-Response');
    await page.waitForTimeout(1200);
  }

  await page.getByRole('button', { name: '移除 pgw-tpe-02' }).click();
  await expect(dialog).toContainText('移除閘道「pgw-tpe-02」');
  await dialog.getByLabel('原因（選填）').fill('設備汰換 #4711');
  await dialog.getByRole('button', { name: '移除' }).click();
  await expect(page.getByText('尚未登錄閘道')).toBeVisible();
  await visit(page, '/audit');
  for (const done of ['新增閘道', '修改閘道', '移除閘道']) {
    await expect(page.getByRole('cell', { name: done, exact: true })).toBeVisible();
  }
  const removal = page.getByRole('row', { name: /移除閘道/ });
  await removal.getByText('內容').click();
  await expect(removal).toContainText('原因 設備汰換 #4711');
});

test('tenants are renamed', async ({ page }) => {
  await visit(page, '/manage');
  await page.getByRole('button', { name: `編輯 ${CUSTOMER}` }).click();
  const dialog = page.getByRole('dialog');
  // How days and cycles are cut stays as it is.
  await expect(dialog.getByLabel('時區')).toHaveCount(0);
  await dialog.getByLabel('名稱').fill('環礁電力二');
  await dialog.getByRole('button', { name: '儲存' }).click();
  await expect(page.getByRole('rowheader', { name: '環礁電力二', exact: true })).toBeVisible();
  await visit(page, '/audit');
  await expect(page.getByRole('cell', { name: '修改企業名稱', exact: true })).toBeVisible();
});

test.describe('what is wrong is said', () => {
  test.use({ consoleErrorsExpected: true });

  test('by field, and nothing is half done', async ({ page }) => {
    await visit(page, '/manage');
    await page.getByRole('button', { name: '新增閘道' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('名稱').fill('pgw');
    await dialog.getByLabel('來源位址').fill('everywhere');
    await dialog.getByLabel('密鑰').fill('s');
    await dialog.getByRole('button', { name: '儲存' }).click();
    await expect(dialog.getByRole('alert')).toContainText('須為位址或網段');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: '新增企業' }).click();
    await dialog.getByLabel('名稱').fill('環礁電力');
    await dialog.getByRole('button', { name: '新增企業' }).click();
    await expect(dialog.getByRole('alert')).toContainText('「環礁電力」已被使用');
    await dialog.getByLabel('名稱').fill('大甲水務');
    await dialog.getByRole('button', { name: '新增企業' }).click();
    await expect(page.getByRole('row', { name: /大甲水務/ })).toContainText('Asia/Taipei');
  });

  test('rate plans: added, renamed where SIMs are listed, removed when no SIM has it', async ({ app, page, context }) => {
    await importSims(app, CUSTOMER, [sim(1, { plan: '輕量型' })]);
    await visit(page, '/manage');
    const plans = page.getByRole('region', { name: '資費類型' });
    const row = (name: string) => plans.getByRole('row').filter({ hasText: name });
    const dialog = page.getByRole('dialog');
    await expect(row('輕量型').getByRole('cell').first()).toHaveText('1');

    await plans.getByRole('button', { name: '新增資費類型' }).click();
    await dialog.getByLabel('名稱').fill('輕量型');
    await dialog.getByRole('button', { name: '新增資費類型' }).click();
    await expect(dialog.getByRole('alert')).toContainText('「輕量型」已被使用');
    await dialog.getByLabel('名稱').fill('Z999型');
    await dialog.getByRole('button', { name: '新增資費類型' }).click();
    await expect(row('Z999型').getByRole('cell').first()).toHaveText('0');
    await accessible(page, 'plans');

    await plans.getByRole('button', { name: '編輯 輕量型' }).click();
    await dialog.getByLabel('名稱').fill('輕量二型');
    await dialog.getByRole('button', { name: '儲存' }).click();
    await expect(row('輕量二型')).toBeVisible();

    await plans.getByRole('button', { name: '移除 輕量二型' }).click();
    await dialog.getByRole('button', { name: '移除' }).click();
    await expect(dialog.getByRole('alert')).toContainText('有 1 個門號使用此資費類型');
    await page.keyboard.press('Escape');
    await plans.getByRole('button', { name: '移除 Z999型' }).click();
    await dialog.getByRole('button', { name: '移除' }).click();
    await expect(row('Z999型')).toHaveCount(0);
    await expect(row('輕量二型')).toBeVisible();
    await visit(page, '/audit');
    for (const done of ['建立資費', '修改資費名稱', '移除資費']) {
      await expect(page.getByRole('cell', { name: done, exact: true }).first()).toBeVisible();
    }

    await signIn(context, app, 'customer');
    await visit(page, `/sims?q=${sim(1).msisdn}`);
    await page.getByRole('link', { name: sim(1).msisdn }).first().click();
    await expect(page.getByText('輕量二型').first()).toBeVisible();
  });
});
