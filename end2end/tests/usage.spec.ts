import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Download, Page } from '@playwright/test';
import { demoTest as test, expect } from '../fixtures/opencmp';
import { column, number, visit } from '../fixtures/page';

const table = (page: Page) => page.getByRole('table').filter({ hasText: 'Cumulative(KB)' });
const chart = (page: Page) => page.getByRole('group', { name: /每日流量/ });

/** The sum below the table, in whole KB. */
async function sum(page: Page): Promise<number> {
  return number(await table(page).locator('tfoot td').first().innerText());
}

/** The cycle before the current one: whole, and unmoved by the network that goes on. */
async function lastCycle(page: Page): Promise<string> {
  await visit(page, '/usage');
  const options = page.getByLabel('週期').locator('option');
  return (await options.nth(1).getAttribute('value'))!;
}

async function pdfText(download: Download): Promise<string> {
  const { stdout } = await promisify(execFile)('pdftotext', ['-layout', await download.path(), '-']);
  return stdout;
}

test('the table is the chart in figures, and its sums are exact', async ({ page }) => {
  await visit(page, `/usage?cycle=${await lastCycle(page)}`);
  await expect(chart(page)).toBeVisible();
  await expect(chart(page).locator('svg').first()).toBeAttached();
  const daily = (await column(table(page), 'Usage(KB)')).map(number);
  const cumulative = (await column(table(page), 'Cumulative(KB)')).map(number);
  expect(daily.length).toBeGreaterThanOrEqual(28);
  expect(daily.some((kilobytes) => kilobytes > 0)).toBe(true);
  let running = 0;
  for (const [at, kilobytes] of daily.entries()) {
    running += kilobytes;
    expect(cumulative[at]).toBe(running);
  }
  expect(await sum(page)).toBe(running);
});

test('the chart is read by pointer and by keys', async ({ page }) => {
  const cycle = await lastCycle(page);
  await visit(page, `/usage?cycle=${cycle}`);
  await chart(page).focus();
  await chart(page).press('Home');
  await chart(page).press('ArrowRight');
  const spoken = chart(page).locator('[aria-live]');
  await expect(spoken).toContainText(`${cycle.slice(5)}/02`);
  await expect(spoken).toContainText('累計');
  const box = (await chart(page).boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await expect(chart(page).locator('.chart-tip:visible')).toContainText(/用量/);
});

test('a day opens its hours and its top SIMs', async ({ page }) => {
  const cycle = await lastCycle(page);
  await visit(page, `/usage?cycle=${cycle}`);
  const all = await sum(page);
  await table(page).getByRole('link', { name: `${cycle.slice(5)}/28` }).click();
  await expect(page).toHaveURL(new RegExp(`day=${cycle}-28`));
  const day = page.locator('section').filter({ has: page.getByRole('heading', { name: /^單日 / }) });
  await expect(day.getByRole('group', { name: /每小時用量/ })).toBeVisible();
  const top = day.getByRole('listitem');
  expect(await top.count()).toBeGreaterThan(3);
  expect(await sum(page), 'the cycle stays').toBe(all);
  await day.getByRole('link', { name: '關閉單日' }).click();
  await expect(day).toHaveCount(0);

  // By keys too.
  await chart(page).focus();
  await chart(page).press('End');
  await chart(page).press('Enter');
  await expect(page).toHaveURL(/day=/);
  await expect(day).toBeVisible();
  await day.getByRole('listitem').first().getByRole('link').click();
  await expect(page).toHaveURL(/\/sims\/\d+/);
});

test('group and number narrow it down', async ({ page }) => {
  const cycle = await lastCycle(page);
  await visit(page, `/usage?cycle=${cycle}`);
  const all = await sum(page);
  const group = page.getByLabel('群組', { exact: true });
  const name = await group.locator('option').nth(1).innerText();
  await group.selectOption({ index: 1 });
  await page.getByRole('button', { name: '查詢', exact: true }).click();
  await expect(page).toHaveURL(/group=\d+/);
  await expect(page.getByRole('heading', { name: new RegExp(`群組每日流量.*${name.split('/').pop()}`) })).toBeVisible();
  const ofGroup = await sum(page);
  expect(ofGroup).toBeLessThan(all);

  await visit(page, '/sims?sort=-cycle');
  const msisdn = (await page.getByRole('rowheader').first().innerText()).trim();
  await visit(page, `/usage?cycle=${cycle}`);
  await page.getByLabel('門號', { exact: true }).fill(msisdn);
  await page.getByRole('button', { name: '查詢', exact: true }).click();
  await expect(page.getByRole('heading', { name: new RegExp(`門號每日流量.*${msisdn}`) })).toBeVisible();
  expect(await sum(page)).toBeLessThan(all);

  await page.getByLabel('門號', { exact: true }).fill('沒有這個門號');
  await page.getByRole('button', { name: '查詢', exact: true }).click();
  await expect(page.getByText('查無此門號')).toBeVisible();
});

test('the PDF is what is on the page, with text that can be searched', async ({ page }) => {
  const cycle = await lastCycle(page);
  await visit(page, `/usage?cycle=${cycle}`);
  const total = await sum(page);
  const title = (await page.getByRole('heading', { name: /每日流量/ }).innerText()).trim();
  const waiting = page.waitForEvent('download');
  await page.getByRole('link', { name: '下載 PDF' }).click();
  const download = await waiting;
  expect(download.suggestedFilename()).toMatch(/\.pdf$/);
  const text = (await pdfText(download)).normalize('NFKC').replace(/\s+/g, '');
  expect(text).toContain(title.normalize('NFKC').replace(/\s+/g, '').slice(0, 8));
  expect(text).toContain(`${cycle.slice(0, 4)}年${cycle.slice(5)}月`);
  expect(text.replaceAll(',', '')).toContain(String(total));
  expect(text).toContain('製表時間');
});

test('the CSV has the same days and sums', async ({ page }) => {
  await visit(page, `/usage?cycle=${await lastCycle(page)}`);
  const total = await sum(page);
  const waiting = page.waitForEvent('download');
  await page.getByRole('link', { name: '下載 CSV' }).click();
  const csv = (await readFile(await (await waiting).path(), 'utf8')).replace(/^\uFEFF/, '');
  expect(csv).toContain('Usage(KB)');
  expect(csv).toContain(String(total));
});

test.describe('a wrong address', () => {
  test.use({ consoleErrorsExpected: true });

  test('names what is wrong', async ({ page }) => {
    await visit(page, '/usage?cycle=2026-13');
    await expect(page.getByRole('alert')).toContainText('cycle');
  });
});
