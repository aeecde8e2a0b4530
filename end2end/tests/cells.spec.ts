import { readFile } from 'node:fs/promises';
import { expect, test } from '../fixtures/opencmp';
import { accessible, toast, visit } from '../fixtures/page';

test.use({ as: 'operator' });

// OpenCelliD's columns, without their line of names.
const CELLS = [
  'LTE,466,92,12001,25600257,0,121.5645,25.033912,1200,3,1,1459779780,1459779780,0',
  'LTE,466,92,12001,25600258,0,121.5646,25.033912,1200,3,1,1459779780,1459779780,0',
  'NR,466,1,70001,68719476735,0,120.6241,24.3457,800,3,1,1459779780,1459779780,0',
];

test('cells come in by file, are found, changed, taken along and removed', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await visit(page, '/manage');
  await page.getByRole('main').getByRole('link', { name: '基地台' }).click();
  await expect(page.getByText('尚無基地台資料')).toBeVisible();
  await accessible(page, 'no cells');
  const dialog = page.getByRole('dialog');

  const choose = async (content: string) => {
    await page.getByRole('button', { name: '匯入基地台' }).click();
    const file = { name: '466.csv', mimeType: 'text/csv', buffer: Buffer.from(content) };
    await dialog.getByLabel('CSV 檔案').setInputFiles(file);
    await dialog.getByRole('button', { name: '預覽' }).click();
  };
  await choose([...CELLS, CELLS[0], 'LTE,466,92,99999,1,0,,,0,1,1,0,0,0'].join('\r\n'));
  await expect(dialog).toContainText('檔案共 5 列');
  const wrong = dialog.getByRole('row');
  await expect(wrong.nth(1)).toContainText('與第 1 列重複');
  await expect(wrong.nth(2)).toContainText('LTE 的區域須為 0 至 65535 的整數');
  await accessible(page, 'what is wrong');
  await dialog.getByRole('button', { name: '僅匯入正確的 3 列' }).click();
  await expect(toast(page, '已匯入 3 列')).toBeVisible();
  await expect(page.getByRole('row', { name: /中華電信 46692 LTE 2 2/ })).toBeVisible();
  await expect(page.getByText('共 3 個基地台')).toBeVisible();

  // By network, then as alerts write a cell, then by its number.
  await page.getByRole('button', { name: '顯示 遠傳電信 NR 的基地台' }).click();
  await expect(page.getByText('共 1 個基地台')).toBeVisible();
  await page.getByRole('button', { name: '全部網路' }).click();
  const search = async (text: string) => {
    await page.getByRole('searchbox', { name: '基地台、區域' }).fill(text);
    await page.getByRole('button', { name: '查詢', exact: true }).click();
  };
  await search('46692-12001-25600258');
  await expect(page.getByText('共 1 個基地台')).toBeVisible();
  await search('12001');
  await expect(page.getByText('共 2 個基地台')).toBeVisible();

  await page.getByRole('button', { name: '編輯 LTE 46692-12001-25600258' }).click();
  await accessible(page, 'a cell');
  await dialog.getByLabel('名稱').fill('信義 03');
  await dialog.getByLabel('緯度').fill('91');
  await dialog.getByRole('button', { name: '儲存' }).click();
  await expect(dialog.getByRole('alert')).toContainText('緯度須為 −90 至 90');
  await dialog.getByLabel('緯度').fill('25.04');
  await dialog.getByRole('button', { name: '儲存' }).click();
  await expect(toast(page, '已儲存 LTE 46692-12001-25600258')).toBeVisible();
  await search('信義');
  await expect(page.getByRole('row', { name: /25600258 信義 03 25\.040000, 121\.564600 1,200/ })).toBeVisible();

  await page.getByRole('button', { name: '新增基地台' }).click();
  await dialog.getByLabel('網路代碼').fill('466-92');
  await dialog.getByLabel('無線技術').selectOption('GSM');
  await dialog.getByLabel('LAC／TAC').fill('4001');
  await dialog.getByLabel('基地台識別碼').fill('65536');
  await dialog.getByRole('button', { name: '新增基地台' }).click();
  await expect(dialog.getByRole('alert')).toContainText('須為 0 至 65535 的整數');
  await dialog.getByLabel('基地台識別碼').fill('513');
  await dialog.getByRole('button', { name: '新增基地台' }).click();
  await expect(toast(page, '已儲存 GSM 46692-4001-513')).toBeVisible();

  await search('');
  await expect(page.getByText('共 4 個基地台')).toBeVisible();
  await accessible(page, 'cells');
  const waiting = page.waitForEvent('download');
  await page.getByRole('link', { name: '下載 CSV' }).click();
  const file = await readFile(await (await waiting).path(), 'utf8');
  expect(file.split('\r\n')).toHaveLength(6);
  expect(file).toContain('LTE,46692,466,92,12001,25600258,121.564600,25.040000,1200,"信義 03"');

  await page.getByRole('button', { name: '移除 GSM 46692-4001-513' }).click();
  await dialog.getByLabel('原因').fill('試建');
  await dialog.getByRole('button', { name: '移除', exact: true }).click();
  await expect(toast(page, '已移除 GSM 46692-4001-513')).toBeVisible();
  await page.getByRole('button', { name: '移除這 3 個基地台' }).click();
  await expect(dialog).toContainText('移除目前篩選出的 3 個基地台？');
  await dialog.getByRole('button', { name: '移除', exact: true }).click();
  await expect(page.getByText('尚無基地台資料')).toBeVisible();
  // What was exported comes back, and what was done is written down.
  await choose(file);
  await dialog.getByRole('button', { name: '匯入 4 列' }).click();
  await expect(page.getByText('共 4 個基地台')).toBeVisible();
  await visit(page, '/audit');
  await page.getByLabel('動作').selectOption({ label: '基地台' });
  await expect(page.getByRole('cell', { name: '匯入基地台' })).toHaveCount(2);
  await expect(page.getByRole('cell', { name: '移除基地台' })).toHaveCount(2);
});
