import AxeBuilder from '@axe-core/playwright';
import { demoTest as test, expect } from '../fixtures/opencmp';
import { alive, cookies } from '../fixtures/page';

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
};

test.use({ as: 'operator' });

for (const [name, path] of Object.entries(PAGES)) {
  test(`${name}: no violation, in either language, light and dark`, async ({ page, context, app }) => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    for (const lang of ['zh-TW', 'en']) {
      for (const theme of ['light', 'dark']) {
        await cookies(context, app.baseURL, { lang, theme });
        await page.goto(path);
        await alive(page);
        const { violations } = await new AxeBuilder({ page }).analyze();
        const found = violations.flatMap(({ id, help, nodes }) =>
          nodes.map((node) => `${id} (${help}): ${node.target.join(' ')}\n    ${node.failureSummary}`),
        );
        expect(found, `${path} ${lang} ${theme}`).toEqual([]);
      }
    }
  });
}

test('dialogs and open menus', async ({ page }) => {
  await page.goto('/sims');
  await alive(page);
  const analyze = async (what: string) => {
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target).join(', ')}`), what).toEqual([]);
  };
  await page.getByRole('button', { name: '變更選單列表' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await analyze('columns');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: '偏好設定' }).click();
  await expect(page.getByRole('radio', { name: 'English' })).toBeVisible();
  await analyze('preferences');
});
