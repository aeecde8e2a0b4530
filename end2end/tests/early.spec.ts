import type { Page } from '@playwright/test';
import { CUSTOMER, expect, test } from '../fixtures/opencmp';
import { PASSWORD } from '../fixtures/server';
import { alive, visit } from '../fixtures/page';

/** Goes there on a slow line: the page is here, its program only once `come` is called. */
async function early(page: Page, path: string): Promise<{ come: () => void }> {
  let come = () => {};
  const here = new Promise<void>((resolve) => (come = resolve));
  await page.route('**/*.wasm', async (route) => {
    await here;
    await route.continue();
  });
  await page.goto(path, { waitUntil: 'domcontentloaded' });
  return { come };
}

test.describe('before the page is alive', () => {
  test.use({ as: null });

  test('who signs in already is signed in', { tag: '@phone' }, async ({ app, page }) => {
    await app.person('mei@example.com', 'tenant_admin', CUSTOMER);
    const program = await early(page, '/sign-in?to=/usage');
    await page.getByLabel('電子郵件').fill('mei@example.com');
    await page.getByLabel('密碼', { exact: true }).fill(PASSWORD);
    await page.getByLabel('密碼', { exact: true }).press('Enter');
    await expect(page.locator('html')).toHaveAttribute('data-waiting', '');
    await expect(page.getByLabel('電子郵件')).toHaveValue('mei@example.com');
    program.come();
    await expect(page).toHaveURL(/\/usage$/);
    await expect(page.getByRole('heading', { name: '圖表連動查詢' })).toBeVisible();
  });
});

test('before the page is alive, a button that is pressed opens its dialog once it can', async ({ page }) => {
  const program = await early(page, '/groups');
  await page.getByRole('button', { name: '新增群組' }).first().click();
  await expect(page.locator('html')).toHaveAttribute('data-waiting', '');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  program.come();
  await alive(page);
  await expect(page.getByRole('dialog')).toBeVisible();
  await expect(page.locator('html')).not.toHaveAttribute('data-waiting');
});

test('before the page is alive, a form that leads somewhere by itself does', async ({ page }) => {
  await visit(page, '/usage');
  const program = await early(page, '/usage');
  await page.locator('#search').fill('0928');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/sims\?q=0928/);
  program.come();
  await alive(page);
});
