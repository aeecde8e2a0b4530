import { readFile } from 'node:fs/promises';
import { expect, FLEET, fleetTest as test } from '../fixtures/opencmp';
import { column, live, number, octets, simRows, simTable, visit } from '../fixtures/page';
import type { Page } from '@playwright/test';

const text = (page: Page) => page.getByRole('main').getByRole('searchbox', { name: '請輸入' });
const kind = (page: Page) => page.getByRole('main').getByRole('combobox', { name: '查詢種類' });
const chip = (page: Page, word: string) =>
  page.getByRole('group', { name: '連線/服務狀態選擇' }).getByRole('link', { name: new RegExp(`^${word} `) });
const shown = (page: Page) => page.getByText(/^顯示第/);

test('every kind of search finds its SIM', async ({ page }) => {
  const wanted = FLEET[41];
  await visit(page, '/sims');
  for (const [by, words] of [
    ['查詢門號', wanted.msisdn],
    ['查詢門號', `+886${wanted.msisdn.slice(1)}`],
    ['查詢ICCID', wanted.iccid],
    ['查詢IMSI', wanted.imsi],
    ['查詢IMEI', wanted.imei],
    ['查詢SIM卡號', wanted.iccid.slice(0, -1)],
    ['查詢設備名稱', wanted.name],
    ['查詢全部', wanted.msisdn.slice(-6)],
  ]) {
    await kind(page).selectOption({ label: by });
    await text(page).fill(words);
    await expect(simRows(page), `${by}: ${words}`).toHaveCount(1);
    await expect(simRows(page)).toContainText(wanted.msisdn);
  }
  await kind(page).selectOption({ label: '查詢批號' });
  await text(page).fill('2026-06-30');
  await expect(shown(page)).toHaveText('顯示第 1 至 50 項結果，共 60 項');
  await text(page).fill('');
  await expect(shown(page)).toHaveText('顯示第 1 至 50 項結果，共 120 項');
});

test('chips count what they show', async ({ page }) => {
  await visit(page, '/sims?size=200');
  const count = async (word: string) => number((await chip(page, word).innerText()).replace(word, ''));
  const sum = async (...words: string[]) => (await Promise.all(words.map(count))).reduce((a, b) => a + b, 0);
  expect(await count('全部')).toBe(120);
  expect(await sum('測試', '暫停', '啟用', '停用')).toBe(120);
  expect(await sum('已連線', '未確認', '未連線')).toBe(120);
  for (const [word, state] of [
    ['測試', 'test'],
    ['暫停', 'suspended'],
    ['停用', 'deactivated'],
    ['已連線', 'connected'],
    ['未連線', 'disconnected'],
  ]) {
    const wanted = await count(word);
    expect(wanted, word).toBeGreaterThan(0);
    await chip(page, word).click();
    await expect(page).toHaveURL(new RegExp(`[?&]state=${state}\\b`));
    await expect(simRows(page)).toHaveCount(wanted);
    await expect(chip(page, word)).toHaveAttribute('aria-current', 'true');
  }
  await chip(page, '全部').click();
  await expect(simRows(page)).toHaveCount(120);
});

test('headers sort, and turn round', async ({ page }) => {
  await visit(page, '/sims?size=200');
  // The box that chooses the page stands in the number's header.
  const header = (name: string) => simTable(page).getByRole('columnheader', { name: new RegExp(`(^| )${name}$`) });
  await header('累計流量').getByRole('link').click();
  await expect(header('累計流量')).toHaveAttribute('aria-sort', 'descending');
  await expect(simRows(page).first()).toContainText(FLEET[30].msisdn);
  const down = (await column(simTable(page), '累計流量')).map(octets);
  expect(down).toEqual([...down].sort((a, b) => b - a));

  await header('累計流量').getByRole('link').click();
  await expect(header('累計流量')).toHaveAttribute('aria-sort', 'ascending');
  await expect(simRows(page).last()).toContainText(FLEET[30].msisdn);

  await header('門號').getByRole('link').click();
  await expect(header('門號')).toHaveAttribute('aria-sort', 'ascending');
  expect(await column(simTable(page), '門號')).toEqual(FLEET.map((sim) => sim.msisdn));
  await header('門號').getByRole('link').click();
  await expect(header('門號')).toHaveAttribute('aria-sort', 'descending');
  await expect(simRows(page).first()).toContainText(FLEET[119].msisdn);
});

test('columns are chosen and ordered, and remembered', async ({ page }) => {
  await visit(page, '/sims');
  await page.getByRole('button', { name: '變更選單列表' }).click();
  const dialog = page.getByRole('dialog', { name: '變更選單列表' });
  await dialog.getByRole('checkbox', { name: 'ICCID' }).check();
  await dialog.getByRole('checkbox', { name: '批號' }).uncheck();
  await expect(dialog.getByRole('checkbox', { name: '門號' })).toBeDisabled();
  const up = dialog.getByRole('button', { name: '將「設備名稱」上移' });
  for (let left = 20; left > 0 && (await up.isEnabled()); left--) await up.click();
  await dialog.getByRole('button', { name: '套用' }).click();
  await expect(dialog).toBeHidden();

  const headers = simTable(page).getByRole('columnheader');
  await expect(headers.nth(1)).toHaveText('設備名稱');
  await expect(simTable(page).getByRole('columnheader', { name: 'ICCID' })).toBeVisible();
  await expect(simTable(page).getByRole('columnheader', { name: '批號' })).toHaveCount(0);
  await expect(simRows(page).first()).toContainText(FLEET[0].iccid);
  await expect(page).toHaveURL(/cols=msisdn,name,/);

  await visit(page, '/sims');
  await expect(headers.nth(1), 'a habit').toHaveText('設備名稱');
  await page.getByRole('button', { name: '變更選單列表' }).click();
  await dialog.getByRole('button', { name: '恢復預設' }).click();
  await dialog.getByRole('button', { name: '套用' }).click();
  await expect(headers.nth(1)).toHaveText('IMEI');
});

test('pages, page sizes, and the way back', async ({ page }) => {
  await visit(page, '/sims?size=25');
  const pages = page.getByRole('navigation', { name: '分頁' });
  await expect(shown(page)).toHaveText('顯示第 1 至 25 項結果，共 120 項');
  await pages.getByRole('link', { name: '下一頁' }).click();
  await expect(shown(page)).toHaveText('顯示第 26 至 50 項結果，共 120 項');
  await expect(simRows(page).first()).toContainText(FLEET[25].msisdn);
  await pages.getByRole('link', { name: '最後一頁' }).click();
  await expect(shown(page)).toHaveText('顯示第 101 至 120 項結果，共 120 項');
  await expect(pages.getByRole('link', { name: '第 5 頁' })).toHaveAttribute('aria-current', 'page');
  await page.goBack();
  await expect(shown(page)).toHaveText('顯示第 26 至 50 項結果，共 120 項');
  await page.getByLabel('每頁筆數').selectOption('100');
  await expect(shown(page)).toHaveText('顯示第 1 至 100 項結果，共 120 項');
  await expect(page).toHaveURL(/size=100/);

  await visit(page, '/sims?page=99');
  await expect(page.getByText('這一頁沒有資料')).toBeVisible();
  await page.getByRole('link', { name: '回到第一頁' }).click();
  await expect(simRows(page)).toHaveCount(50);
});

test('the address says what is shown; back and reload keep to it', async ({ page }) => {
  await visit(page, '/sims');
  await page.getByRole('button', { name: /群組選擇/ }).click();
  await page.getByRole('searchbox', { name: '篩選群組' }).fill('高雄');
  await page.getByRole('button', { name: /高雄/ }).click();
  await expect(shown(page)).toHaveText('顯示第 1 至 40 項結果，共 40 項');
  await expect(page).toHaveURL(/group=\d+/);
  await chip(page, '啟用').click();
  await expect(page).toHaveURL(/state=active/);
  const active = FLEET.filter((sim) => sim.group === '南區/高雄' && sim.state === 'active').length;
  await expect(simRows(page)).toHaveCount(active);
  await text(page).fill('0400010000009');
  await expect(simRows(page)).toHaveCount(0);
  await expect(page.getByText('沒有符合條件的門號')).toBeVisible();

  await page.reload();
  await expect(text(page)).toHaveValue('0400010000009');
  await expect(page.getByText('沒有符合條件的門號')).toBeVisible();
  await page.goBack();
  await expect(simRows(page)).toHaveCount(active);
  await expect(text(page)).toHaveValue('');
  await page.goBack();
  await expect(simRows(page)).toHaveCount(40);
  await page.goBack();
  await expect(shown(page)).toHaveText('顯示第 1 至 50 項結果，共 120 項');
});

test('a view is saved, found again, and deleted', async ({ page }) => {
  const name = `測試中的電表 ${test.info().workerIndex}-${test.info().retry}`;
  await visit(page, '/sims?state=test&sort=-cycle&cols=msisdn,name,cycle');
  const views = page.getByRole('button', { name: '檢視表', exact: true });
  await views.click();
  await page.getByRole('button', { name: '儲存目前的檢視表' }).click();
  const dialog = page.getByRole('dialog', { name: '儲存目前的檢視表' });
  await dialog.getByLabel('名稱').fill(name);
  await dialog.getByRole('button', { name: '儲存' }).click();
  await expect(page.getByRole('status').filter({ hasText: `已儲存「${name}」` })).toBeVisible();

  await visit(page, '/sims');
  await views.click();
  await page.getByRole('button', { name, exact: true }).click();
  await expect(page).toHaveURL(/state=test/);
  await expect(simRows(page)).toHaveCount(10);
  await expect(simTable(page).getByRole('columnheader')).toHaveText(['門號', '設備名稱', '累計流量', '檢視']);

  await views.click();
  await page.getByRole('button', { name: `刪除「${name}」` }).click();
  await page.getByRole('dialog', { name: '刪除檢視表' }).getByRole('button', { name: '刪除' }).click();
  await expect(page.getByRole('status').filter({ hasText: `已刪除「${name}」` })).toBeVisible();
  await views.click();
  await expect(page.getByText('尚未儲存檢視表')).toBeVisible();
});

test('a pasted list shows its SIMs and names what was not found', async ({ page }) => {
  await visit(page, '/sims');
  await page.getByRole('button', { name: '貼上門號清單' }).click();
  const dialog = page.getByRole('dialog', { name: '貼上門號清單' });
  const pasted = [FLEET[3].msisdn, `${FLEET[50].iccid}, ${FLEET[77].imsi}`, '0400010900001', '不是門號'];
  await dialog.getByLabel('門號清單').fill(pasted.join('\n'));
  await expect(dialog).toContainText('5 筆');
  await dialog.getByRole('button', { name: '查詢清單' }).click();
  await expect(page.getByText('依貼上的清單顯示：符合 3 筆')).toBeVisible();
  expect((await column(simTable(page), '門號')).sort()).toEqual([3, 50, 77].map((at) => FLEET[at].msisdn));
  await page.getByText('2 筆找不到').click();
  await expect(page.getByText('不是門號')).toBeVisible();
  // Another customer's number is not found either.
  await expect(page.getByText('0400010900001')).toBeVisible();
  await page.getByRole('link', { name: '取消清單' }).click();
  await expect(shown(page)).toHaveText('顯示第 1 至 50 項結果，共 120 項');
});

test('CSV and Excel files hold what is shown, all pages of it', async ({ page }) => {
  await visit(page, '/sims?state=active&size=25&cols=msisdn,name,cycle');
  const active = FLEET.filter((sim) => sim.state === 'active');
  const download = async (kind: string) => {
    await page.getByRole('button', { name: '下載門號明細' }).click();
    const waiting = page.waitForEvent('download');
    await page.getByRole('link', { name: kind }).click();
    const file = await waiting;
    return { name: file.suggestedFilename(), content: await readFile(await file.path()) };
  };
  const csv = await download('CSV 檔');
  expect(csv.name).toMatch(/\.csv$/);
  const lines = csv.content.toString('utf8').replace(/^\uFEFF/, '').trim().split(/\r?\n/);
  expect(lines[0]).toContain('門號');
  expect(lines[0].split(',')).toHaveLength(3);
  expect(lines).toHaveLength(1 + active.length);
  expect(lines[1]).toContain(active[0].msisdn);
  const xlsx = await download('Excel 檔');
  expect(xlsx.name).toMatch(/\.xlsx$/);
  expect(xlsx.content.subarray(0, 2).toString()).toBe('PK');
});

test('the search box of the shell finds any identifier and opens the SIM', async ({ page }) => {
  await visit(page, '/sims');
  await live(page);
  const box = page.getByRole('combobox', { name: '查詢門號、ICCID、IMEI、IMSI、設備名稱' });
  await box.fill(FLEET[7].imei);
  const results = page.getByRole('listbox', { name: '查詢結果' });
  await expect(results.getByRole('option').first()).toContainText(FLEET[7].msisdn);
  await box.press('ArrowDown');
  await box.press('Enter');
  await expect(page).toHaveURL(/\/sims\/\d+$/);
  await expect(page.getByRole('main')).toContainText(FLEET[7].msisdn);

  await box.fill('電表 00001');
  await expect(results.getByRole('option').last()).toContainText('電表 00001');
  await box.press('Enter');
  await expect(page).toHaveURL(/\/sims\?q=/);
  await expect(simRows(page)).toHaveCount(10);

  await box.fill('別家的設備');
  await expect(results.getByText('沒有符合的門號')).toBeVisible();
});

test.describe('a wrong address', () => {
  test.use({ consoleErrorsExpected: true });

  test('names what is wrong', async ({ page }) => {
    await visit(page, '/sims?sort=colour');
    await expect(page.getByRole('alert')).toContainText('sort');
  });
});
