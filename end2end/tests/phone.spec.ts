import { demoTest as test, expect } from '../fixtures/opencmp';
import { cookies, visit } from '../fixtures/page';

test.use({ as: 'operator' });

for (const path of ['/', '/sims', '/sims/1', '/usage', '/operator', '/account', '/people', '/audit', '/manage']) {
  test(`${path} does not scroll sideways`, { tag: '@phone-only' }, async ({ page, context, app }) => {
    for (const lang of ['zh-TW', 'en']) {
      await cookies(context, app.baseURL, { lang });
      await visit(page, path);
      await page.evaluate(() => document.fonts.ready);
      const beyond = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(beyond, `${path} ${lang}`).toBeLessThanOrEqual(0);
    }
  });
}

test('the list is usable by touch', { tag: '@phone-only' }, async ({ page }) => {
  await visit(page, '/sims');
  const first = page.locator('[data-sim]').first();
  await expect(first).toBeVisible();
  await first.getByRole('link').first().tap();
  await expect(page).toHaveURL(/\/sims\/\d+$/);
});
