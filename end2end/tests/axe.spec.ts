import { demoTest as test, expect } from '../fixtures/opencmp';
import { accessible, cookies, visit } from '../fixtures/page';

const PAGES = {
  dashboard: '/',
  list: '/sims',
  SIM: '/sims/1',
  usage: '/usage',
  operator: '/operator',
  account: '/account',
  people: '/people',
  audit: '/audit',
  manage: '/manage',
  groups: '/groups',
  stock: '/stock',
  cells: '/cells',
};

test.use({ as: 'operator' });
// Four looks at a page with everything on it, on whatever machine.
test.describe.configure({ timeout: 180_000 });

for (const [name, path] of Object.entries(PAGES)) {
  test(`${name}: no violation, in either language, light and dark`, async ({ page, context, app }) => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    for (const lang of ['zh-TW', 'en']) {
      for (const theme of ['light', 'dark']) {
        await cookies(context, app.baseURL, { lang, theme });
        await visit(page, path);
        await accessible(page, `${path} ${lang} ${theme}`);
      }
    }
  });
}

test('dialogs and open menus', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await visit(page, '/sims');
  await page.getByRole('button', { name: '變更選單列表' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await accessible(page, 'columns');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: '偏好設定' }).click();
  await expect(page.getByRole('radio', { name: 'English' })).toBeVisible();
  await accessible(page, 'preferences');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /^我的帳號/ }).click();
  await expect(page.getByLabel('原因（選填）')).toBeVisible();
  await accessible(page, 'account');
  for (const [path, button] of [
    ['/manage', '新增閘道'],
    ['/manage', '新增企業'],
    ['/manage', '新增登入服務'],
    ['/people', '邀請成員'],
  ]) {
    await visit(page, path);
    await page.getByRole('button', { name: button }).first().click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await accessible(page, button);
  }
  await visit(page, '/manage');
  await page.getByRole('button', { name: /^移除/ }).first().click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await accessible(page, 'confirmation');
});

test.describe('before anybody is signed in', () => {
  // What is refused has a status that browsers write down.
  test.use({ as: null, consoleErrorsExpected: true });

  for (const path of ['/sign-in', `/link/${'0'.repeat(64)}`]) {
    test(`${path.slice(0, 9)}: no violation`, async ({ page }) => {
      await page.emulateMedia({ reducedMotion: 'reduce' });
      await visit(page, path);
      await accessible(page, path);
    });
  }
});

test.describe('where there is nothing', () => {
  test.use({ consoleErrorsExpected: true });

  test('no violation', async ({ page }) => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    for (const path of ['/sims/999999999', '/nowhere']) {
      await visit(page, path);
      await accessible(page, path);
    }
  });
});
