import { expect, FLEET, fleetTest as test } from '../fixtures/opencmp';
import { alive, cell, visit } from '../fixtures/page';
import type { Page } from '@playwright/test';

const PAGES = ['/', '/sims', '/sims/1', '/usage', '/operator', '/nowhere'];
const settings = (page: Page) => page.getByRole('button', { name: '偏好設定' });

test('Chinese is the default and English a choice that stays', async ({ page }) => {
  await visit(page, '/sims?state=test');
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-Hant-TW');
  await expect(page).toHaveTitle(/群組門號清單狀態 · OpenCMP/);
  await settings(page).click();
  await page.getByRole('radio', { name: 'English' }).click();
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  await expect(page, 'what was shown is shown').toHaveURL(/state=test/);
  await expect(page.getByRole('heading', { name: 'SIM list' })).toBeVisible();
  await visit(page, '/');
  await expect(page.getByRole('heading', { name: 'Dashboard' })).toBeVisible();
  await page.getByRole('button', { name: 'Preferences' }).click();
  await page.getByRole('radio', { name: '繁體中文' }).click();
  await expect(page.getByRole('heading', { name: '儀表板' })).toBeVisible();
});

test.describe('in English', () => {
  // The page that does not exist is one of them.
  test.use({ consoleErrorsExpected: true, as: 'operator' });

  test('no Chinese word is left over', async ({ page, context, baseURL }) => {
    await context.addCookies(
      Object.entries({ lang: 'en' }).map(([name, value]) => ({ name, value, url: baseURL! })),
    );
    // What customers wrote stays as they wrote it; languages are named in their own.
    const theirs = ['環礁電力', '別家公司', '別家的設備', '未分組', '繁體中文', ...FLEET.flatMap((sim) => [sim.name, ...sim.group.split('/'), sim.plan])];
    for (const path of PAGES) {
      await visit(page, path);
      let text = await page.locator('body').innerText();
      for (const word of theirs.sort((a, b) => b.length - a.length)) text = text.replaceAll(word, '');
      expect(text.match(/[^\n]*\p{Script=Han}[^\n]*/u)?.[0], path).toBeUndefined();
    }
  });
});

test('light, dark, and as the system is', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await visit(page, '/sims');
  const ink = () => page.evaluate(() => getComputedStyle(document.body).color);
  const light = await ink();
  await page.emulateMedia({ colorScheme: 'dark' });
  await expect.poll(ink).not.toBe(light);
  const dark = await ink();
  await settings(page).click();
  await page.getByRole('radio', { name: '淺色' }).check();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');
  await expect.poll(ink).toBe(light);
  await page.reload();
  await alive(page);
  expect(await ink()).toBe(light);
  await settings(page).click();
  await page.getByRole('radio', { name: '深色' }).check();
  await expect.poll(ink).toBe(dark);
});

test('times are in the chosen zone', async ({ page }) => {
  await visit(page, '/sims');
  const time = async () =>
    (await (await cell(page.getByRole('row', { name: FLEET[20].msisdn }), '存取時間')).innerText()).trim();
  const taipei = await time();
  await settings(page).click();
  await page.getByLabel('時區').selectOption('UTC');
  await expect.poll(async () => Date.parse(`${taipei}Z`) - Date.parse(`${await time()}Z`)).toBe(8 * 3600_000);
});
