import type { Page } from '@playwright/test';
import { addRule, saved } from '../fixtures/alerts';
import { addGateway, importSims, Session, sim } from '../fixtures/fleet';
import { CUSTOMER, expect, test } from '../fixtures/opencmp';
import { accessible, toast, visit } from '../fixtures/page';

// 自動處置: what rules do by themselves, set up in the browser and caused by a gateway's packets.

const SIMS = [sim(1), sim(2)];
/** Another device than the SIMs are in. */
const ELSEWHERE = '3527530987654301';

// What is refused on the way has a status that browsers write down.
test.use({ consoleErrorsExpected: true });

test('a rule tags a SIM, handles its alert, and wants a change, which can be withdrawn', async ({ app, page }) => {
  test.setTimeout(120_000);
  await addGateway(app);
  await importSims(app, CUSTOMER, SIMS.map((of) => ({ ...of, plan: '輕量型' })));
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await visit(page, '/alerts/rules');
  const dialog = page.getByRole('dialog');
  const action = (name: string) => dialog.getByRole('group', { name: '自動處置' }).getByLabel(name, { exact: true });

  await test.step('what is wrong is named, what is said is summed up', async () => {
    await addRule(page, 'IMEI/IMSI不匹配');
    await action('為門號加上標籤').check();
    await dialog.getByRole('button', { name: '儲存' }).click();
    await expect(dialog.getByRole('alert')).toContainText('自動處置：標籤須為 1 至 50 個字元');
    await action('標籤').fill('換過設備');
    await action('將告警標記為已處理').check();
    await action('處理備註').fill('已自動標記');
    await action('呼叫 HTTP').check();
    await expect(dialog).toContainText('尚未設定 Http 通知方式');
    await action('呼叫 HTTP').uncheck();
    await action('異動門號').check();
    await expect(dialog).toContainText('不會實際異動');
    await action('異動項目').selectOption('變更資費');
    await expect(action('資費類型')).toHaveValue('0');
    await action('異動項目').selectOption('中斷連線');
    await expect(action('於下一週期開始時復原')).toHaveCount(0);
    await action('異動項目').selectOption('暫停');
    await action('執行時間').selectOption('次週期');
    await action('於下一週期開始時復原').check();
    await accessible(page, 'rule form with actions');
    await saved(page, 'IMEI/IMSI不匹配');
    const row = page.getByRole('row').filter({ hasText: 'IMEI/IMSI不匹配' });
    await expect(row).toContainText('加上標籤「換過設備」；標記為已處理；次週期暫停，次週期復原');
    await expect(page.getByText('沒有異動需求')).toBeVisible();
  });

  await test.step('a packet causes it', async () => {
    await applied(page);
    const session = new Session(app, SIMS[0], 'first');
    await session.start();
    await session.send('Interim-Update', { '3GPP-IMEISV': ELSEWHERE });
  });

  await test.step('the incident says what was done', async () => {
    const shown = page.getByRole('table', { name: '告警列表' }).getByText('更換設備');
    await expect(async () => {
      await visit(page, '/alerts');
      await expect(shown).toBeVisible({ timeout: 1_000 });
    }).toPass({ timeout: 30_000 });
    await visit(page, '/alerts/1');
    await expect(page.getByRole('list', { name: '自動處置' })).toBeVisible();
    const done = page.getByRole('list', { name: '自動處置' });
    await expect(done.getByRole('listitem').filter({ hasText: '為門號加上標籤' })).toContainText('換過設備');
    await expect(done.getByRole('listitem').filter({ hasText: '為門號加上標籤' })).toContainText('已執行');
    await expect(done.getByRole('listitem').filter({ hasText: '將告警標記為已處理' })).toContainText('已執行');
    await expect(done.getByRole('listitem').filter({ hasText: '異動門號' })).toContainText('待執行');
    await expect(page.getByRole('main')).toContainText('已自動標記');
    // With what is behind it.
    await expect(page.getByRole('heading', { name: '當時的紀錄' })).toBeVisible();
    await expect(page.locator('.why .events')).toContainText('更換設備');
    await accessible(page, 'incident with actions');
  });

  await test.step('the SIM has the tag, others have not', async () => {
    for (const [at, tagged] of [true, false].entries()) {
      await visit(page, `/sims?q=${SIMS[at].msisdn}`);
      await page.getByRole('link', { name: SIMS[at].msisdn }).first().click();
      await expect(page.getByRole('heading', { name: SIMS[at].msisdn })).toBeVisible();
      await expect(page.getByText('換過設備')).toHaveCount(tagged ? 1 : 0);
    }
  });

  await test.step('the change is withdrawn', async () => {
    await visit(page, '/alerts/rules');
    const wanted = page.getByRole('region', { name: '異動需求' }).getByRole('row').filter({ hasText: '暫停' });
    await expect(wanted).toContainText('待執行');
    await accessible(page, 'wanted changes');
    await wanted.getByRole('button', { name: /^撤回/ }).click();
    await dialog.getByRole('button', { name: '撤回' }).click();
    await expect(toast(page, '已撤回')).toBeVisible();
    await expect(wanted).toContainText('已撤回');
  });

  await test.step('what is due at once isn’t connected yet, and says so', async () => {
    await page.getByRole('button', { name: '自動處置：IMEI/IMSI不匹配' }).click();
    await action('執行時間').selectOption('立即');
    await saved(page, 'IMEI/IMSI不匹配');
    await applied(page);
    const session = new Session(app, SIMS[1], 'second');
    await session.start();
    await session.send('Interim-Update', { '3GPP-IMEISV': ELSEWHERE, 'Framed-IP-Address': '10.0.1.2' });
    const wanted = page.getByRole('region', { name: '異動需求' });
    await expect(async () => {
      await visit(page, '/alerts/rules');
      await expect(wanted.getByRole('row').filter({ hasText: '尚未連接，未執行' })).toHaveCount(1, { timeout: 1_000 });
    }).toPass({ timeout: 30_000 });
  });

  await test.step('why it did, and why it did not', async () => {
    await page.getByRole('button', { name: '為什麼：IMEI/IMSI不匹配' }).click();
    const ask = async (number: string, minutes: number) => {
      await dialog.getByLabel('門號').fill(number);
      await dialog.getByLabel('時間').fill(taipei(minutes));
      await dialog.getByRole('button', { name: '查詢' }).click();
    };
    await ask('0', 0);
    await expect(dialog.getByRole('alert')).toContainText('門號：須為一個門號');
    await ask(SIMS[0].msisdn, 60);
    await expect(dialog.getByRole('alert')).toContainText('時間：須為過去');
    await ask(SIMS[0].msisdn, -60);
    await expect(dialog.getByRole('status')).toContainText('當時還沒有這個規則');
    await ask(SIMS[0].msisdn, 0);
    await expect(dialog.getByRole('status')).toContainText('有告警：#1');
    await expect(dialog.getByRole('list', { name: '條件' })).toContainText('符合');
    await accessible(page, 'why');
  });
});

/** So many minutes from now on the clock of the reader's zone, as a browser's field takes it. */
function taipei(minutes: number): string {
  const at = new Date(Date.now() + minutes * 60_000 + 8 * 3_600_000);
  return at.toISOString().slice(0, 16);
}

/** The applier looks for rules twice a second, and what happened before is no news. */
function applied(page: Page): Promise<void> {
  return page.waitForTimeout(2_000);
}
