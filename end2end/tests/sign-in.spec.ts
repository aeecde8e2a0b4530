import { createHmac } from 'node:crypto';
import { addChannel, saved } from '../fixtures/alerts';
import { CUSTOMER, expect, signIn, test } from '../fixtures/opencmp';
import { PASSWORD } from '../fixtures/server';
import { accessible, alive, visit } from '../fixtures/page';

/** What an authenticator app shows (RFC 6238). */
function code(secret: string): string {
  const bits = [...secret.replaceAll(' ', '')].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g)!.map((octet) => parseInt(octet, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const digest = createHmac('sha1', key).update(step).digest();
  const at = digest[19] & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

test.describe('the way in', () => {
  // What is refused has a status that browsers write down.
  test.use({ as: null, consoleErrorsExpected: true });

  test('a password leads to where one was going', { tag: '@phone' }, async ({ app, page }) => {
    await app.person('mei@example.com', 'tenant_admin', CUSTOMER);
    await page.goto('/usage?cycle=2026-11');
    await expect(page).toHaveURL(/\/sign-in\?to=/);
    await alive(page);
    await page.getByLabel('電子郵件').fill('mei@example.com');
    await page.getByLabel('密碼', { exact: true }).fill('something else');
    await page.getByRole('button', { name: '登入' }).click();
    await expect(page.getByRole('alert').filter({ hasText: '電子郵件或密碼不正確' })).toBeVisible();
    await page.getByLabel('密碼', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: '登入' }).click();
    await expect(page).toHaveURL(/\/usage\?cycle=2026-11$/);
    await expect(page.getByRole('heading', { name: '圖表連動查詢' })).toBeVisible();
  });

  test('a link that leads elsewhere afterwards does not', async ({ app, page }) => {
    await app.person('mei@example.com', 'tenant_admin', CUSTOMER);
    await visit(page, '/sign-in?to=//evil.example/');
    await page.getByLabel('電子郵件').fill('mei@example.com');
    await page.getByLabel('密碼', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: '登入' }).click();
    await expect(page).toHaveURL(`${app.baseURL}/`);
  });

  test('an invitation is taken up', async ({ app, page, browser, context }) => {
    await signIn(context, app, 'customer');
    await visit(page, '/people');
    await page.getByRole('button', { name: '邀請成員' }).click();
    await page.getByLabel('電子郵件').fill('wang@example.com');
    await page.getByLabel('姓名').fill('王大明');
    await page.getByLabel('角色').selectOption({ label: '企業檢視者' });
    await page.getByRole('dialog').getByRole('button', { name: '邀請成員' }).click();
    const link = await page.locator('.link-to-send').innerText();
    const address = /http:\/\/\S+\/link\/[0-9a-f]{64}/.exec(link)![0];
    await page.keyboard.press('Escape');
    await expect(page.getByRole('row', { name: /王大明/ })).toContainText('待設定密碼');

    const theirs = await browser.newContext({ locale: 'zh-TW', timezoneId: 'Asia/Taipei' });
    const their = await theirs.newPage();
    await visit(their, address);
    await accessible(their, 'an invitation');
    await their.getByLabel('新密碼').fill('wang');
    await their.getByRole('button', { name: '設定密碼' }).click();
    await expect(their.getByRole('alert').filter({ hasText: '太短' })).toBeVisible();
    await their.getByLabel('新密碼').fill('three quiet herons');
    await their.getByRole('button', { name: '設定密碼' }).click();
    await expect(their).toHaveURL(/\/sign-in$/);
    await alive(their);
    await their.getByLabel('電子郵件').fill('wang@example.com');
    await their.getByLabel('密碼', { exact: true }).fill('three quiet herons');
    await their.getByRole('button', { name: '登入' }).click();
    await expect(their.getByRole('heading', { name: '儀表板' })).toBeVisible();
    // A viewer is offered nothing that a viewer may not do.
    await expect(their.getByRole('link', { name: '成員與權限' })).toHaveCount(0);
    await their.goto('/people');
    await expect(their.getByText('沒有權限')).toBeVisible();

    // Shut out, the other browser is signed out at once.
    await page.reload();
    await alive(page);
    await page.getByRole('button', { name: '編輯 王大明' }).click();
    await page.getByRole('button', { name: '停用帳號' }).click();
    await page.getByRole('dialog').getByRole('button', { name: '停用帳號' }).click();
    await expect(page.getByRole('row', { name: /王大明/ })).toContainText('停用');
    await their.goto('/sims');
    await expect(their).toHaveURL(/\/sign-in/);
    await theirs.close();
  });
});

test.describe('with a second factor', () => {
  test.use({ as: null, consoleErrorsExpected: true, serverEnv: { OPENCMP_SIGN_IN__OPERATORS_NEED_SECOND_FACTOR: 'true' } });

  test('it is set up at the first sign-in, and asked for at the next', async ({ app, page }) => {
    await app.person('root@operator.example', 'operator_admin');
    const password = async () => {
      await page.getByLabel('電子郵件').fill('root@operator.example');
      await page.getByLabel('密碼', { exact: true }).fill(PASSWORD);
      await page.getByRole('button', { name: '登入' }).click();
    };
    await visit(page, '/sign-in');
    await password();
    await expect(page.getByRole('heading', { name: '設定兩步驟驗證' })).toBeVisible();
    await expect(page.getByRole('img', { name: '兩步驟驗證圖碼' }).locator('svg')).toBeVisible();
    await accessible(page, 'setting a second factor up');
    const secret = await page.locator('.enrol .copy span').last().innerText();
    await page.getByLabel('驗證碼').fill('000000');
    await page.getByRole('button', { name: '繼續' }).click();
    await expect(page.getByRole('alert').filter({ hasText: '驗證碼不正確' })).toBeVisible();
    await page.getByLabel('驗證碼').fill(code(secret));
    await page.getByRole('button', { name: '繼續' }).click();
    await expect(page.locator('.recovery li')).toHaveCount(10);
    await accessible(page, 'recovery codes');
    const recovery = await page.locator('.recovery li').allInnerTexts();
    await page.getByRole('button', { name: '我已妥善保存' }).click();
    await expect(page.getByRole('heading', { name: '儀表板' })).toBeVisible();
    await alive(page);

    await page.getByRole('button', { name: /^我的帳號/ }).click();
    await page.getByRole('button', { name: '登出' }).click();
    await expect(page).toHaveURL(/\/sign-in$/);
    await alive(page);
    await password();
    await expect(page.getByRole('heading', { name: '輸入驗證碼' })).toBeVisible();
    await accessible(page, 'a code is asked for');
    await page.getByLabel('驗證碼').fill(recovery[0]);
    await page.getByRole('button', { name: '繼續' }).click();
    await expect(page.getByRole('heading', { name: '儀表板' })).toBeVisible();
    await visit(page, '/account');
    await expect(page.getByText('剩餘 9 組備援碼')).toBeVisible();
  });
});

test('one says in which hours one is told', async ({ app, page, context }) => {
  const mine = page.getByRole('region', { name: '我的通知' });
  const dialog = page.getByRole('dialog');
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await app.person('mei@example.com', 'tenant_viewer', CUSTOMER);
  await visit(page, '/account');
  await expect(mine).toContainText('尚未設定屬於您的通知方式');
  await visit(page, '/alerts/rules');
  for (const [name, owner] of [['小美的信箱', 'mei'], ['值班信箱', '']]) {
    await addChannel(page, '電郵', name);
    await dialog.getByLabel('電子郵件').fill('mei@example.com');
    if (owner) await dialog.getByLabel('屬於').selectOption({ label: owner });
    await saved(page, name);
  }

  await signIn(context, app, { email: 'mei@example.com' });
  await visit(page, '/account');
  const row = mine.getByRole('row', { name: /小美的信箱/ });
  await expect(row).toContainText('不限時段');
  await expect(mine).not.toContainText('值班信箱');
  await mine.getByRole('button', { name: '設定時段 小美的信箱' }).click();
  await dialog.getByText('僅在以下時段通知').click();
  await dialog.getByLabel('開始時間').selectOption('08時');
  await dialog.getByLabel('持續小時數').selectOption('12');
  await accessible(page, 'hours of a channel');
  await dialog.getByRole('button', { name: '儲存' }).click();
  await expect(row).toContainText('每日08時，持續12小時 (Asia/Taipei)');
  await accessible(page, '/account with channels');
  await page.reload();
  await expect(row).toContainText('每日08時，持續12小時');
  await mine.getByRole('button', { name: '設定時段 小美的信箱' }).click();
  await expect(dialog.getByLabel('開始時間')).toHaveValue('8');
  await dialog.getByText('僅在以下時段通知').click();
  await dialog.getByRole('button', { name: '儲存' }).click();
  await expect(row).toContainText('不限時段');
});

test('the audit log is read, filtered, and verified without a server', async ({ app, page }) => {
  await app.person('mei@example.com', 'tenant_viewer', CUSTOMER);
  await visit(page, '/audit');
  await expect(page.getByRole('row', { name: /邀請成員.*mei@example.com/ })).toBeVisible();
  await page.getByLabel('動作').selectOption({ label: '匯出' });
  await expect(page).toHaveURL(/action=export/);
  await expect(page.getByText('沒有符合的紀錄')).toBeVisible();
  await page.getByLabel('動作').selectOption({ label: '全部動作' });
  // By person, and by day: what the filters say stands in the address, and leaves again.
  await page.getByRole('link', { name: /只顯示.*的紀錄/ }).first().click();
  await expect(page).toHaveURL(/who=\d+/);
  await expect(page.getByText(/操作者：/)).toBeVisible();
  await expect(page.getByRole('row', { name: /邀請成員/ })).toHaveCount(0);
  await page.getByRole('link', { name: '顯示所有人' }).click();
  await expect(page.getByRole('row', { name: /邀請成員/ })).not.toHaveCount(0);
  await page.getByLabel('至', { exact: true }).fill('2020-01-01');
  await expect(page).toHaveURL(/until=2020-01-01/);
  await expect(page.getByText('沒有符合的紀錄')).toBeVisible();
  await page.getByLabel('至', { exact: true }).fill('');
  await expect(page.getByRole('row', { name: /邀請成員/ })).not.toHaveCount(0);
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: '下載（可驗證）' }).click();
  const file = await (await download).path();
  expect(await app.cli('audit', 'verify', file)).toMatch(/\d+ entries, unbroken/);
});

test('one sees where one is signed in, and ends it', async ({ app, page, browser }) => {
  const other = await browser.newContext();
  await signIn(other, app, 'customer');
  const theirs = await other.newPage();
  await visit(theirs, `${app.baseURL}/sims`);
  await visit(page, '/account');
  await expect(page.getByText('目前使用中')).toHaveCount(1);
  await page.getByRole('button', { name: '登出其他裝置' }).click();
  await expect(page.getByRole('button', { name: '登出其他裝置' })).toHaveCount(0);
  await theirs.reload();
  await expect(theirs).toHaveURL(/\/sign-in/);
  await other.close();
});
