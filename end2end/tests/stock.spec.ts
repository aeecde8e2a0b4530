import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { importSims, sim } from '../fixtures/fleet';
import { CUSTOMER, expect, signIn, test } from '../fixtures/opencmp';
import { accessible, simRows, toast, visit } from '../fixtures/page';

test.use({ as: 'operator' });

const CARDS = Array.from({ length: 4 }, (_, at) => sim(at + 1, { batch: at < 3 ? '2026-11-01' : '2026-11-02' }));

function csv(lines: string[][]): string {
  return lines.map((line) => line.join(',')).join('\r\n') + '\r\n';
}

const HEADER = ['iccid', 'imsi', '門號', 'batch', 'state'];
const line = (card: (typeof CARDS)[0]) => [card.iccid, card.imsi, card.msisdn, card.batch, 'active'];

async function choose(page: Page, content: string | Buffer): Promise<void> {
  const file = { name: 'sims.csv', mimeType: 'text/csv', buffer: Buffer.from(content) };
  await page.getByRole('dialog').getByLabel('CSV 檔案').setInputFiles(file);
  await page.getByRole('dialog').getByRole('button', { name: '預覽' }).click();
}

test('a file with two bad lines is corrected, imported, and allocated', async ({ app, page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await visit(page, '/manage');
  await page.getByRole('link', { name: '門號庫存' }).click();
  await expect(page.getByText('庫存目前沒有門號')).toBeVisible();
  await accessible(page, 'an empty stock');
  await page.getByRole('button', { name: '匯入門號' }).click();
  const dialog = page.getByRole('dialog');
  await accessible(page, 'import');

  const bad = CARDS.map(line);
  bad[1][1] = '12';
  bad[2][4] = '=睡眠';
  await choose(page, csv([HEADER, ...bad]));
  await expect(dialog).toContainText('檔案共 4 列');
  const wrong = dialog.getByRole('row');
  await expect(wrong.nth(1)).toContainText('"12" 不是 IMSI：須為 6 至 15 位數字');
  await expect(wrong.nth(1)).toContainText('3');
  await expect(wrong.nth(2)).toContainText('不是服務狀態');
  await accessible(page, 'what is wrong');
  const waiting = page.waitForEvent('download');
  await dialog.getByRole('link', { name: '下載錯誤報告' }).click();
  const report = await readFile(await (await waiting).path(), 'utf8');
  expect(report.split('\r\n')[1]).toContain('3,"imsi"');
  await expect(dialog.getByRole('button', { name: '僅匯入正確的 2 列' })).toBeVisible();

  await dialog.getByRole('button', { name: '上一步' }).click();
  await choose(page, csv([HEADER, ...CARDS.map(line)]));
  await dialog.getByRole('button', { name: '匯入 4 列' }).click();
  await expect(toast(page, '已匯入 4 列')).toBeVisible();
  const batch = page.getByRole('row', { name: /2026-11-01 3/ });
  await expect(batch).toBeVisible();
  await expect(page.getByRole('row', { name: new RegExp(CARDS[0].iccid) })).toContainText(CARDS[0].msisdn);
  await accessible(page, 'the stock');

  await page.getByRole('button', { name: '配發批號 2026-11-01' }).click();
  await expect(dialog.getByLabel('批號', { exact: true })).toHaveValue('0');
  await dialog.getByLabel('配發給').selectOption({ label: CUSTOMER });
  await accessible(page, 'allocation');
  await dialog.getByRole('button', { name: '預覽' }).click();
  await expect(dialog).toContainText('可配發 3 個門號');
  await dialog.getByRole('button', { name: '配發 3 個門號' }).click();
  await expect(toast(page, `已配發 3 個門號給「${CUSTOMER}」`)).toBeVisible();
  await expect(batch).toHaveCount(0);
  await expect(page.getByRole('row', { name: new RegExp(`${CUSTOMER} 3`) })).toBeVisible();

  // Theirs now, and both logs say so.
  await signIn(page.context(), app, 'customer');
  await visit(page, '/sims');
  await expect(simRows(page)).toHaveCount(3);
  await visit(page, '/audit');
  await expect(page.getByRole('cell', { name: '配發門號', exact: true })).toBeVisible();
});

test('a pasted list says what can’t go, and cards come back', async ({ app, page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await importSims(app, CUSTOMER, [sim(9)]);
  await visit(page, '/stock');
  await page.getByRole('button', { name: '匯入門號' }).click();
  const dialog = page.getByRole('dialog');
  // As it comes from a spreadsheet.
  await dialog.getByLabel('或貼上內容').fill([HEADER, ...CARDS.map(line)].map((cells) => cells.join('\t')).join('\n'));
  await dialog.getByRole('button', { name: '預覽' }).click();
  await dialog.getByRole('button', { name: '匯入 4 列' }).click();
  await expect(toast(page, '已匯入 4 列')).toBeVisible();

  await page.getByRole('searchbox', { name: '門號、ICCID 或 IMSI 的開頭' }).fill(CARDS[0].msisdn.slice(0, 12));
  await page.getByRole('button', { name: '查詢', exact: true }).click();
  await expect(page.getByRole('row', { name: new RegExp(CARDS[3].iccid) })).toBeVisible();
  await page.getByRole('button', { name: '配發批號 2026-11-02' }).click();
  await dialog.getByText('依清單').click();
  await dialog.getByLabel('門號清單').fill([CARDS[3].iccid, CARDS[3].msisdn, sim(9).msisdn, '0400019999999'].join('\n'));
  await dialog.getByLabel('配發給').selectOption({ label: CUSTOMER });
  await dialog.getByRole('button', { name: '預覽' }).click();
  await expect(dialog).toContainText('可配發 1 個門號');
  await expect(dialog).toContainText('3 個無法進行');
  await expect(dialog.getByRole('row', { name: new RegExp(sim(9).msisdn) })).toContainText(`屬於「${CUSTOMER}」`);
  await expect(dialog.getByRole('row', { name: /0400019999999/ })).toContainText('查無此門號');
  await accessible(page, 'what can’t go');
  await dialog.getByRole('button', { name: '配發 1 個門號' }).click();
  await expect(page.getByRole('row', { name: new RegExp(`${CUSTOMER} 2`) })).toBeVisible();

  await page.getByRole('button', { name: `由「${CUSTOMER}」收回門號` }).click();
  await dialog.getByLabel('門號清單').fill(CARDS[3].iccid);
  await accessible(page, 'taking back');
  await dialog.getByRole('button', { name: '預覽' }).click();
  await expect(dialog).toContainText('可收回 1 個門號');
  await dialog.getByRole('button', { name: '收回 1 個門號' }).click();
  await expect(toast(page, '已收回 1 個門號')).toBeVisible();
  await expect(page.getByRole('row', { name: /2026-11-02 1/ })).toBeVisible();
});

test.describe('a file that can’t be read', () => {
  test.use({ consoleErrorsExpected: true });

  test('says why', async ({ page }) => {
    await visit(page, '/stock');
    await page.getByRole('button', { name: '匯入門號' }).click();
    const alert = page.getByRole('dialog').getByRole('alert');
    await choose(page, Buffer.from([0x69, 0x6d, 0x73, 0x69, 0x0a, 0xc0, 0xf4, 0xc1, 0x47, 0x0a]));
    await expect(alert).toContainText('Big5');
    await choose(page, 'imsi,顏色\n1,2\n');
    await expect(alert).toContainText('沒有 "顏色" 這個欄位');
    await choose(page, 'PK\u0003\u0004');
    await expect(alert).toContainText('Excel 活頁簿');
  });
});

test.describe('a customer', () => {
  test.use({ as: 'customer', consoleErrorsExpected: true });

  test('is told that it isn’t theirs', async ({ page }) => {
    await visit(page, '/stock');
    await expect(page.getByText('沒有權限')).toBeVisible();
    await expect(page.getByRole('main').getByRole('button')).toHaveCount(0);
  });
});
