import { expect, FLEET, fleetTest as test } from '../fixtures/opencmp';
import { live, visit } from '../fixtures/page';

test('/ goes to the search box, Escape leaves it', async ({ page }) => {
  await visit(page, '/sims');
  await live(page);
  await page.keyboard.press('/');
  const box = page.getByRole('combobox', { name: '查詢門號、ICCID、IMEI、IMSI、設備名稱' });
  await expect(box).toBeFocused();
  await expect(box).toHaveValue('');
  await page.keyboard.type('a/b');
  await expect(box).toHaveValue('a/b');
  await page.keyboard.press('Escape');
  await expect(box).not.toBeFocused();
});

test('j, k and the arrows walk along the rows, Enter opens', async ({ page }) => {
  await visit(page, '/sims');
  await live(page);
  const link = (at: number) => page.getByRole('link', { name: FLEET[at].msisdn, exact: true });
  await page.keyboard.press('j');
  await expect(link(0)).toBeFocused();
  await page.keyboard.press('j');
  await page.keyboard.press('ArrowDown');
  await expect(link(2)).toBeFocused();
  await page.keyboard.press('k');
  await expect(link(1)).toBeFocused();
  await page.keyboard.press('End');
  await expect(link(49)).toBeFocused();
  await page.keyboard.press('Home');
  await expect(link(0)).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/sims\/\d+$/);
  await expect(page.getByRole('main')).toContainText(FLEET[0].msisdn);
});

test('g and a letter go to a page; ? names the keys', async ({ page }) => {
  await visit(page, '/sims');
  // The second key counts for little more than a second: on a loaded machine the driver may take longer between the two.
  const goTo = (key: string, address: RegExp) =>
    expect(async () => {
      await page.keyboard.press('g');
      await page.keyboard.press(key);
      await expect(page).toHaveURL(address, { timeout: 3000 });
    }).toPass({ timeout: 20_000 });
  await goTo('u', /\/usage$/);
  await goTo('d', /\/$/);
  await goTo('s', /\/sims$/);
  await page.keyboard.press('Shift+?');
  const help = page.getByRole('dialog', { name: '鍵盤操作' });
  await expect(help).toContainText('前往門號列表');
  await page.keyboard.press('Escape');
  await expect(help).toBeHidden();
});

test('the first Tab offers to skip the navigation', async ({ page }) => {
  await visit(page, '/sims');
  await page.keyboard.press('Tab');
  const skip = page.getByRole('link', { name: '跳到主要內容' });
  await expect(skip).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();
});

test('a menu opens, is walked and closed by keys', async ({ page }) => {
  await visit(page, '/sims');
  const menu = page.getByRole('button', { name: '下載門號明細' });
  await menu.focus();
  await page.keyboard.press('ArrowDown');
  await expect(menu).toHaveAttribute('aria-expanded', 'true');
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('link', { name: 'CSV 檔' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(menu).toHaveAttribute('aria-expanded', 'false');
  await expect(menu).toBeFocused();
});
