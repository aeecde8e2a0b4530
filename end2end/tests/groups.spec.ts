import type { Page } from '@playwright/test';
import { importSims, sim } from '../fixtures/fleet';
import { CUSTOMER, expect, signIn, test, type OpenCmp } from '../fixtures/opencmp';
import { accessible, simRows, toast, visit } from '../fixtures/page';

const SIMS = Array.from({ length: 6 }, (_, at) => sim(at + 1, { group: at < 4 ? '北區' : '南區' }));

const line = (page: Page, name: string) =>
  page.getByRole('row').filter({ has: page.getByRole('rowheader', { name, exact: true }) });

async function act(page: Page, group: string, what: string): Promise<void> {
  await page.getByRole('button', { name: `「${group}」的操作` }).click();
  await page.getByRole('button', { name: what, exact: true }).click();
}

test.beforeEach(async ({ app }) => importSims(app, CUSTOMER, SIMS));

test.describe('an administrator', () => {
  // One removal is refused on the way.
  test.use({ consoleErrorsExpected: true });

  test('makes, moves, counts and removes groups', async ({ page }) => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await visit(page, '/sims');
    await page.getByRole('navigation', { name: '主選單' }).getByRole('link', { name: '群組管理' }).click();
    await expect(line(page, '北區')).toContainText('4');
    await accessible(page, 'groups');

    await page.getByRole('button', { name: '新增群組' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('名稱').fill('全國');
    await accessible(page, 'group form');
    await dialog.getByRole('button', { name: '新增群組' }).click();
    await expect(toast(page, '已新增「全國」')).toBeVisible();

    await act(page, '北區', '修改群組');
    await dialog.getByLabel('名稱').fill('北部');
    await dialog.getByLabel('上層群組').selectOption('全國');
    await dialog.getByRole('button', { name: '儲存' }).click();
    await expect(line(page, '北部')).toContainText('4');
    await expect(line(page, '全國')).toContainText('4');

    // The number leads to the SIMs, those of the groups within too.
    await line(page, '全國').getByRole('link').first().click();
    await expect(simRows(page)).toHaveCount(4);
    await page.goBack();

    await act(page, '全國', '刪除群組');
    await dialog.getByRole('button', { name: '刪除群組' }).click();
    await expect(dialog.getByRole('alert')).toContainText('其中還有下層群組');
    await page.keyboard.press('Escape');
    await act(page, '全國/北部', '刪除群組');
    await expect(dialog).toContainText('其中 4 個門號（含已終止者）與用量將移至「全國」');
    await accessible(page, 'confirmation');
    await dialog.getByRole('button', { name: '刪除群組' }).click();
    await expect(toast(page, '已刪除「全國/北部」')).toBeVisible();
    await expect(line(page, '北部')).toHaveCount(0);
    await expect(line(page, '全國')).toContainText('4');

    await visit(page, '/audit');
    for (const done of ['建立群組', '修改群組', '刪除群組']) {
      await expect(page.getByRole('cell', { name: done, exact: true }).first()).toBeVisible();
    }
  });
});

test.describe('an editor', () => {
  // One change is refused on the way.
  test.use({ as: null, consoleErrorsExpected: true });

  async function editor(app: OpenCmp, page: Page): Promise<void> {
    await app.person('editor@customer.example', 'tenant_editor', CUSTOMER);
    await signIn(page.context(), app, { email: 'editor@customer.example' });
  }

  test('moves chosen SIMs, tags them, and takes it back', async ({ app, page }) => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await editor(app, page);
    await visit(page, '/sims?cols=msisdn,name,group,tags');
    await page.getByRole('checkbox', { name: `選取門號 ${SIMS[0].msisdn}` }).check();
    await page.getByRole('checkbox', { name: `選取門號 ${SIMS[1].msisdn}` }).check();
    await expect(page.getByText('已選 2 個門號')).toBeVisible();
    await accessible(page, 'a selection');
    await page.getByRole('button', { name: '移至群組' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('群組').selectOption('南區');
    await accessible(page, 'move');
    await dialog.getByRole('button', { name: '移動 2 個門號' }).click();
    await expect(toast(page, '已將 2 個門號移至「南區」')).toBeVisible();
    await expect(simRows(page).filter({ hasText: '南區' })).toHaveCount(4);
    await page.getByRole('button', { name: '復原' }).click();
    await expect(toast(page, '已復原 2 個門號')).toBeVisible();
    await expect(simRows(page).filter({ hasText: '南區' })).toHaveCount(2);

    await page.getByRole('checkbox', { name: '選取本頁' }).check();
    await expect(page.getByText('已選 6 個門號')).toBeVisible();
    await page.getByRole('button', { name: '標籤', exact: true }).click();
    await dialog.getByLabel('加上標籤').fill('試點、二期');
    await accessible(page, 'tags');
    await dialog.getByRole('button', { name: '套用至 6 個門號' }).click();
    await expect(simRows(page).filter({ hasText: '二期' })).toHaveCount(6);
    await page.getByRole('button', { name: '復原' }).click();
    await expect(simRows(page).filter({ hasText: '二期' })).toHaveCount(0);
  });

  test('chooses all that match, over pages', async ({ app, page }) => {
    await importSims(app, CUSTOMER, Array.from({ length: 40 }, (_, at) => sim(at + 100, { group: '東區' })));
    await editor(app, page);
    await visit(page, `/sims?size=25&q=${encodeURIComponent('電表 0001')}`);
    await page.getByRole('checkbox', { name: '選取本頁' }).check();
    await page.getByRole('button', { name: /選取全部 \d+ 個符合的門號/ }).click();
    const said = await page.getByText(/^已選 \d+ 個門號$/).innerText();
    await page.getByRole('button', { name: '移至群組' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('群組').selectOption('北區');
    await dialog.getByRole('button', { name: /^移動/ }).click();
    await expect(toast(page, '移至「北區」')).toContainText(said.replace('已選 ', '').replace(' 個門號', ''));
    // Another filter begins anew.
    await page.getByRole('checkbox', { name: '選取本頁' }).check();
    await visit(page, '/sims');
    await expect(page.getByText(/^已選/)).toHaveCount(0);
  });

  test('changes one SIM on its page, with the fields of the company', async ({ app, page }) => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await signIn(page.context(), app, 'customer');
    await visit(page, '/groups');
    const dialog = page.getByRole('dialog');
    for (const [name, kind] of [
      ['表號', '數字'],
      ['方位', '單選'],
    ]) {
      await page.getByRole('button', { name: '新增欄位' }).click();
      await dialog.getByLabel('欄位名稱').fill(name);
      await dialog.getByLabel('類型').selectOption({ label: kind });
      if (kind === '單選') await dialog.getByLabel('選項').fill('東\n西');
      await accessible(page, 'field form');
      await dialog.getByRole('button', { name: '儲存' }).click();
      await expect(page.getByRole('rowheader', { name, exact: true })).toBeVisible();
    }
    await page.getByRole('button', { name: '將「方位」上移' }).click();
    const names = page.getByRole('table').last().getByRole('rowheader');
    await expect(names).toHaveText(['方位', '表號']);

    await editor(app, page);
    await visit(page, '/sims');
    await page.getByRole('link', { name: SIMS[0].msisdn, exact: true }).click();
    await page.getByRole('button', { name: '編輯' }).click();
    await dialog.getByLabel('設備名稱').fill('一號電表');
    await dialog.getByLabel('群組').selectOption('南區');
    await dialog.getByLabel('標籤').fill('試點、重要');
    await dialog.getByLabel('方位').selectOption('西');
    await dialog.getByLabel('表號').fill('十二');
    await accessible(page, 'SIM form');
    await dialog.getByRole('button', { name: '儲存' }).click();
    await expect(dialog.getByRole('alert')).toContainText('「表號」未填寫，或內容不符合其類型');
    await dialog.getByLabel('表號').fill('12');
    await dialog.getByRole('button', { name: '儲存' }).click();
    await expect(toast(page, '已儲存')).toBeVisible();
    const main = page.getByRole('main');
    for (const text of ['一號電表', '南區', '試點、重要', '西', '12']) {
      await expect(main.getByText(text, { exact: true }).first()).toBeVisible();
    }
    await page.reload();
    await expect(main.getByText('試點、重要')).toBeVisible();
  });
});

test.describe('a viewer', () => {
  test.use({ as: null });

  test('is offered nothing', async ({ app, page }) => {
    await app.person('viewer@customer.example', 'tenant_viewer', CUSTOMER);
    await signIn(page.context(), app, { email: 'viewer@customer.example' });
    await visit(page, '/sims');
    await expect(simRows(page)).toHaveCount(6);
    await expect(page.getByRole('checkbox')).toHaveCount(0);
    await page.getByRole('link', { name: SIMS[0].msisdn, exact: true }).click();
    await expect(page.getByRole('heading', { name: '識別資料' })).toBeVisible();
    await expect(page.getByRole('button', { name: '編輯' })).toHaveCount(0);
    await visit(page, '/groups');
    await expect(line(page, '北區')).toContainText('4');
    await expect(page.getByRole('main').getByRole('button')).toHaveCount(0);
  });
});

test.describe('what is wrong is said', () => {
  test.use({ consoleErrorsExpected: true });

  test('by field, and nothing is half done', async ({ page }) => {
    await visit(page, '/groups');
    const dialog = page.getByRole('dialog');
    const add = async (name: string) => {
      await page.getByRole('button', { name: '新增群組' }).click();
      await dialog.getByLabel('名稱').fill(name);
      await dialog.getByRole('button', { name: '新增群組' }).click();
    };
    await add('北區');
    await expect(dialog.getByRole('alert')).toContainText('「北區」已被使用');
    await page.keyboard.press('Escape');
    await add('北/區');
    await expect(dialog.getByRole('alert')).toContainText('名稱不可含「/」');
    await page.keyboard.press('Escape');
    await expect(page.getByRole('main').getByRole('rowheader')).toHaveText(['未分組 預設', '北區', '南區']);
  });
});

test('the page on a telephone doesn’t scroll sideways @phone-only', async ({ page }) => {
  await visit(page, '/groups');
  await expect(line(page, '北區')).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  await visit(page, '/sims');
  await page.getByRole('checkbox', { name: `選取門號 ${SIMS[0].msisdn}` }).check();
  await expect(page.getByText('已選 1 個門號')).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
});
