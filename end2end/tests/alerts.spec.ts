import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { addChannel, addRule, raise, saved, type Raised } from '../fixtures/alerts';
import { Session, addGateway, importSims, sim } from '../fixtures/fleet';
import { CUSTOMER, expect, signIn, test } from '../fixtures/opencmp';
import { accessible, alive, cookies, toast, visit } from '../fixtures/page';

const SIMS = Array.from({ length: 3 }, (_, at) => sim(at + 1, { group: at < 2 ? '北區' : '南區' }));
const NOW = new Date();
const ago = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000);

const rule = (page: Page, name: string) => page.getByRole('row').filter({ has: page.getByText(name, { exact: true }) });
const history = (page: Page) => page.getByRole('table', { name: '告警列表' });
const lines = (page: Page) => history(page).locator('tbody tr');

test.beforeEach(async ({ app, page }) => {
  await importSims(app, CUSTOMER, SIMS);
  await page.emulateMedia({ reducedMotion: 'reduce' });
});

test.describe('an administrator sets up', () => {
  // What is refused on the way has a status that browsers write down.
  test.use({ consoleErrorsExpected: true });

  test('a channel of each kind, whose secret is shown once', async ({ page }) => {
    await visit(page, '/');
    await page.getByRole('navigation', { name: '主選單' }).getByRole('link', { name: '告警' }).click();
    await page.getByRole('link', { name: '告警規則' }).click();
    await expect(page.getByRole('heading', { name: '總覽' })).toBeVisible();
    await accessible(page, 'rules without any');
    const dialog = page.getByRole('dialog');
    await addChannel(page, '電郵', '值班信箱');
    await dialog.getByLabel('電子郵件').fill('nobody');
    await dialog.getByRole('button', { name: '儲存' }).click();
    await expect(dialog.getByRole('alert')).toContainText('電子郵件：1 至 20 個');
    await expect(dialog.getByLabel('電子郵件')).toBeFocused();
    await accessible(page, 'channel form');
    await dialog.getByLabel('電子郵件').fill('ops@example.com\nnight@example.com');
    await saved(page, '值班信箱');
    await expect(page.getByRole('row', { name: /值班信箱/ })).toContainText('ops@example.com、night@example.com');

    await addChannel(page, '簡訊', '值班手機');
    await dialog.getByLabel('手機號碼').fill('0912345678');
    await dialog.getByText('僅在以下時段通知').click();
    await dialog.getByLabel('開始時間').selectOption('08時');
    await dialog.getByLabel('持續小時數').selectOption('12');
    await saved(page, '值班手機');
    await expect(page.getByRole('row', { name: /值班手機/ })).toContainText('每日08時，持續12小時');

    await addChannel(page, 'Http', '平台');
    await dialog.getByLabel('網址').fill('http://hooks.example.com/');
    await dialog.getByRole('button', { name: '儲存' }).click();
    await expect(dialog.getByRole('alert')).toContainText('須為 https');
    await dialog.getByLabel('網址').fill('https://hooks.example.com/cmp');
    await dialog.getByRole('button', { name: '儲存' }).click();
    await expect(page.locator('.link-to-send:visible')).toContainText('whsec_');
    await accessible(page, 'secret');
    await page.getByRole('button', { name: '完成' }).click();
    expect(await page.content()).not.toContain('whsec_');

    await page.getByRole('button', { name: '更換密鑰 平台' }).click();
    await dialog.getByRole('button', { name: '更換密鑰' }).click();
    await expect(page.locator('.link-to-send:visible')).toContainText('whsec_');
    await page.getByRole('button', { name: '完成' }).click();

    // One that a rule tells by stays.
    await addRule(page, '設備斷線');
    await dialog.getByLabel(/電郵 · 值班信箱/).check();
    await dialog.getByLabel(/Http · 平台/).check();
    await saved(page, '設備斷線');
    await expect(rule(page, '設備斷線')).toContainText('立即通知，通知方式：電郵、Http，每日00時，持續24小時');
    await page.getByRole('button', { name: '移除 平台' }).click();
    await dialog.getByRole('button', { name: '移除' }).click();
    await expect(dialog.getByRole('alert')).toContainText('仍有規則使用此通知方式：設備斷線');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: '移除 值班手機' }).click();
    await dialog.getByRole('button', { name: '移除' }).click();
    await expect(toast(page, '已移除「值班手機」')).toBeVisible();
    await accessible(page, 'channels');
  });

  test('a test message, and what becomes of it', async ({ page }) => {
    await visit(page, '/alerts/rules');
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: '新增通知方式' }).click();
    await dialog.getByText('電郵', { exact: true }).click();
    await dialog.getByLabel('名稱').fill('值班信箱');
    await dialog.getByLabel('電子郵件').fill('ops@example.com');
    await saved(page, '值班信箱');
    // This installation has no relay: it says so, and when it tries again.
    await page.getByRole('button', { name: '傳送測試訊息：值班信箱' }).click();
    await expect(dialog).toContainText('ops@example.com');
    await expect(dialog).toContainText('對方尚未收下');
    await expect(dialog).toContainText('回應：未設定此通知方式');
    await accessible(page, 'test of a channel');
    await dialog.getByRole('button', { name: '完成' }).click();
    await page.getByRole('button', { name: '傳送測試訊息：值班信箱' }).click();
    await expect(dialog).toContainText('剛傳送過測試訊息');
  });

  test('a rule of each category, with each parameter', async ({ page }) => {
    await visit(page, '/alerts/rules');
    const dialog = page.getByRole('dialog');
    await expect(page.getByRole('row').filter({ hasText: 'N/A' })).toHaveCount(6);

    await addRule(page, '流量異常');
    await dialog.getByLabel('上限（MB）').fill('0');
    await dialog.getByRole('button', { name: '儲存' }).click();
    await expect(dialog.getByRole('alert')).toContainText('單筆每日上限：須大於 0');
    await expect(dialog.getByLabel('上限（MB）')).toBeFocused();
    await dialog.getByLabel('上限（MB）').fill('150');
    await dialog.getByText('依額度分階段通知').click();
    await dialog.getByLabel('額度（MB）').fill('500');
    await dialog.getByLabel('門檻（%）').fill('90、70');
    await dialog.getByRole('button', { name: '儲存' }).click();
    await expect(dialog.getByRole('alert')).toContainText('門檻：1 至 10 個，由小到大');
    await dialog.getByLabel('門檻（%）').fill('70、90、100');
    await accessible(page, 'usage rule');
    await saved(page, '流量異常');
    await expect(rule(page, '流量異常').first()).toContainText('單筆每日超過150MB');
    await expect(rule(page, '流量異常').first()).toContainText('門檻：70%、90%、100%');

    await addRule(page, '設備斷線');
    await expect(dialog.getByLabel('斷線持續超過（分鐘）')).toHaveValue('2');
    await dialog.getByText('依各設備平常的回報間隔判斷').click();
    await dialog.getByText('彙整通知', { exact: true }).click();
    await dialog.getByLabel('每隔（小時）').fill('25');
    await dialog.getByRole('button', { name: '儲存' }).click();
    await expect(dialog.getByRole('alert')).toContainText('彙整通知：須為 1 至 24 小時');
    await dialog.getByLabel('每隔（小時）').fill('4');
    await saved(page, '設備斷線');
    await expect(rule(page, '設備斷線').first()).toContainText('斷線持續超過2分鐘');

    await addRule(page, 'IMEI/IMSI不匹配');
    await dialog.getByText('設備不在清單內').click();
    await dialog.getByLabel('設備清單').fill('8664-2503');
    await dialog.getByRole('button', { name: '儲存' }).click();
    await expect(dialog.getByRole('alert')).toContainText('設備清單：每行 8 至 15 碼數字');
    await dialog.getByLabel('設備清單').fill('86642503\n866425031234562');
    await dialog.getByText('同一 IMEI 出現在多張 SIM 卡').click();
    await dialog.getByLabel('SIM 卡張數（含）以上').fill('3');
    await saved(page, 'IMEI/IMSI不匹配');
    await expect(rule(page, 'IMEI/IMSI不匹配').first()).toContainText('更換設備；設備不在清單內（2 項）；同一 IMEI 出現在 3 張以上 SIM 卡');

    await addRule(page, 'SIM卡生命週期通知');
    await dialog.getByRole('button', { name: '儲存' }).click();
    await expect(dialog.getByRole('alert')).toContainText('條件設定：請至少設定一項');
    await dialog.getByLabel('暫停', { exact: true }).check();
    await dialog.locator('#rule-condition').getByLabel('啟用', { exact: true }).check();
    await dialog.getByText('服務狀態期限將屆').click();
    await expect(dialog.getByLabel('提前天數')).toHaveValue('30、7、1');
    await dialog.getByLabel('提前天數').fill('7、30');
    await dialog.getByRole('button', { name: '儲存' }).click();
    await expect(dialog.getByRole('alert')).toContainText('提前天數');
    await dialog.getByLabel('提前天數').fill('30 7 1');
    await saved(page, 'SIM卡生命週期通知');
    await expect(rule(page, 'SIM卡生命週期通知').first()).toContainText('異動為【暫停】、【啟用】');
    await expect(rule(page, 'SIM卡生命週期通知').first()).toContainText('期限前 30、7、1 天');

    await addRule(page, '網路變更');
    await dialog.getByLabel(/^中華電信 \(46692\)/).check();
    await dialog.getByLabel('其他網路代碼').fill('44010');
    await dialog.getByText('在其他國家漫遊').click();
    await dialog.getByText('無線接取不是').click();
    await dialog.getByLabel('LTE', { exact: true }).check();
    await saved(page, '網路變更');
    await expect(rule(page, '網路變更').first()).toContainText('網路不是：中華電信、NTT docomo（日本）；漫遊；無線接取不是：LTE');

    await addRule(page, '資安通報');
    await dialog.getByText('當日用量遠高於平常').click();
    await dialog.getByLabel('平常用量的倍數').fill('10');
    for (const asked of ['同一卡或同一設備同時出現於兩處', '不可能的移動速度', '帳號登入攻擊']) await dialog.getByText(asked).click();
    await dialog.getByLabel('等級').selectOption('嚴重');
    await saved(page, '資安通報');
    await expect(rule(page, '資安通報').first()).toContainText('當日用量達平常的 10 倍；疑似複製；不可能的移動；登入攻擊');
    await expect(page.getByRole('row').filter({ hasText: 'N/A' })).toHaveCount(0);
    await accessible(page, 'rules');
  });

  test('a rule is tried on the records before it is saved', async ({ app, page }) => {
    await addGateway(app);
    // By the time that the page is there the gateway is known.
    await visit(page, '/alerts/rules');
    const session = new Session(app, SIMS[0], 's1');
    await session.start();
    await session.update(60, 2 * 1024 * 1024, 0);
    const dialog = await addRule(page, '流量異常');
    await dialog.getByLabel('上限（MB）').fill('1');
    await dialog.getByRole('button', { name: '試跑' }).click();
    const result = dialog.getByRole('region', { name: '試跑結果' });
    await expect(result).toContainText('原始紀錄自此時起');
    await expect(result.getByRole('region', { name: '告警' }).locator('tbody tr')).toHaveCount(1);
    await expect(result).toContainText(SIMS[0].msisdn);
    await accessible(page, 'a rule that was tried');
    await dialog.getByRole('button', { name: '取消' }).click();
    await expect(page.getByRole('row').filter({ hasText: 'N/A' })).toHaveCount(6);
  });

  test('for groups or tags; a link opens the editor at its part; versions are kept', async ({ page, context, app }) => {
    await visit(page, '/alerts/rules');
    const dialog = page.getByRole('dialog');
    await addRule(page, '設備斷線');
    await dialog.getByLabel('規則名稱').fill('北區斷線');
    await dialog.getByText('群組', { exact: true }).click();
    await dialog.getByRole('button', { name: '儲存' }).click();
    await expect(dialog.getByRole('alert')).toContainText('適用對象：請至少選擇一個群組或標籤');
    await dialog.getByLabel('北區', { exact: true }).check();
    await saved(page, '北區斷線');
    await expect(rule(page, '北區斷線')).toContainText('群組：北區');
    await addRule(page, '設備斷線');
    await dialog.getByLabel('規則名稱').fill('重要設備斷線');
    await dialog.getByText('標籤', { exact: true }).click();
    await dialog.locator('#rule-tags').fill('重要、試點');
    await saved(page, '重要設備斷線');
    await expect(rule(page, '重要設備斷線')).toContainText('標籤：試點、重要');

    await page.getByRole('button', { name: '告警通知設定：北區斷線' }).click();
    await expect(dialog.locator('#rule-notify')).toBeFocused();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: '條件設定：北區斷線' }).click();
    await expect(dialog.locator('#rule-condition')).toBeFocused();
    await dialog.getByLabel('斷線持續超過（分鐘）').fill('30');
    await saved(page, '北區斷線');
    await expect(rule(page, '北區斷線')).toContainText('斷線持續超過30分鐘');

    const enabled = page.getByRole('switch', { name: '告警啟用：北區斷線' });
    await enabled.click();
    await expect(enabled).not.toBeChecked();
    await page.getByRole('button', { name: '修改紀錄：北區斷線' }).click();
    await expect(dialog.getByText('第 3 版')).toBeVisible();
    await expect(dialog.getByText('斷線持續超過2分鐘')).toBeVisible();
    await accessible(page, 'versions');
    await page.keyboard.press('Escape');
    await page.reload();
    await alive(page);
    await expect(page.getByRole('switch', { name: '告警啟用：北區斷線' })).not.toBeChecked();

    await page.getByRole('button', { name: '移除規則「北區斷線」' }).click();
    await dialog.getByRole('button', { name: '移除' }).click();
    await expect(toast(page, '已移除「北區斷線」')).toBeVisible();
    await expect(page.getByText('北區斷線', { exact: true })).toHaveCount(0);

    for (const lang of ['zh-TW', 'en']) {
      for (const theme of ['light', 'dark']) {
        await cookies(context, app.baseURL, { lang, theme });
        await visit(page, '/alerts/rules');
        await accessible(page, `rules, ${lang}, ${theme}`);
      }
    }
  });
});

test.describe('the event history', () => {
  const raised: Raised[] = [
    { id: 1, sim: null, kind: 15, level: 3, began: ago(60), ended: ago(50), facts: [['gateway', 'pgw-tpe-01'], ['sims', '2']] },
    { id: 2, sim: SIMS[0], began: ago(59), ended: ago(51), parent: 1 },
    { id: 3, sim: SIMS[1], began: ago(58), ended: ago(51), parent: 1 },
    { id: 4, sim: SIMS[0], began: ago(30), facts: [['cause', 'Lost-Carrier']] },
    { id: 5, sim: SIMS[2], kind: 1, began: ago(20), ended: ago(20), facts: [['used', '169869312'], ['limit', '157286400'], ['day', '2026-11-27']] },
    { id: 6, sim: SIMS[1], began: ago(10), ended: ago(4), times: 5, byItself: true },
    { id: 7, sim: SIMS[1], began: ago(60 * 24 * 40), ended: ago(60 * 24 * 39) },
  ];

  test.beforeEach(async ({ app }) => raise(app, raised));

  test('finds, handles one and many, and takes it back', async ({ page }) => {
    await visit(page, '/alerts');
    await expect(lines(page)).toHaveCount(5);
    const badge = page.getByRole('navigation', { name: '主選單' }).getByRole('link', { name: /^告警/ });
    await expect(badge).toContainText('2');
    // The brochure's note, without anybody having written it.
    await expect(lines(page).first()).toContainText('設備同一秒斷連線');
    await expect(lines(page).first()).toContainText('5 次斷線');
    await expect(lines(page).nth(1)).toContainText('當日用量 162 MB，超過 150 MB');
    await accessible(page, 'history');

    await page.getByLabel('種類').selectOption('設備離線');
    await page.getByLabel('區間').selectOption('7 天');
    await page.getByRole('button', { name: '查詢' }).click();
    await expect(page).toHaveURL(/\/alerts\?days=7&kind=offline$/);
    await expect(lines(page)).toHaveCount(2);
    await page.getByRole('link', { name: '清除條件' }).click();
    await expect(lines(page)).toHaveCount(5);
    await page.getByLabel('群組').selectOption('北區');
    await page.getByRole('button', { name: '查詢' }).click();
    await expect(lines(page), 'parts of the cause, where the group is asked for').toHaveCount(5);
    await page.goto('/alerts?number=3');
    await expect(lines(page)).toHaveCount(1);
    await visit(page, '/alerts?handled=0');
    await expect(lines(page)).toHaveCount(4);

    const offline = lines(page).filter({ hasText: '失去訊號' });
    await offline.getByRole('button', { name: /^未處理/ }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('處理備註').fill('已派員更換電池');
    await accessible(page, 'handling');
    await dialog.getByRole('button', { name: '儲存' }).click();
    await expect(toast(page, '已更新 1 筆告警')).toBeVisible();
    await expect(offline.getByRole('button', { name: /^已處理/ })).toBeVisible();
    await expect(offline).toContainText('已派員更換電池');
    await expect(badge).toContainText('1');

    await visit(page, '/alerts?handled=0');
    await page.getByRole('checkbox', { name: '選取已顯示的告警' }).check();
    await expect(page.getByText('已選 3 筆告警')).toBeVisible();
    await accessible(page, 'selection');
    await page.getByRole('button', { name: '處理', exact: true }).click();
    await dialog.getByRole('button', { name: '儲存' }).click();
    await expect(toast(page, '已更新 3 筆告警')).toBeVisible();
    await expect(badge).not.toContainText(/\d/);
    await page.reload();
    await expect(page.getByText('沒有符合的告警')).toBeVisible();

    await visit(page, '/alerts');
    await offline.getByRole('button', { name: /^已處理/ }).click();
    await dialog.getByText('未處理', { exact: true }).click();
    await dialog.getByRole('button', { name: '儲存' }).click();
    await expect(offline.getByRole('button', { name: /^未處理/ })).toBeVisible();
    await expect(offline).toContainText('已派員更換電池');

  });

  test('no violation in either language, light and dark', async ({ page, context, app }) => {
    test.slow();
    for (const lang of ['zh-TW', 'en']) {
      for (const theme of ['light', 'dark']) {
        await cookies(context, app.baseURL, { lang, theme });
        for (const path of ['/alerts', '/alerts/1', '/alerts/4']) {
          await visit(page, path);
          await accessible(page, `${path}, ${lang}, ${theme}`);
        }
      }
    }
  });

  test('leaves as a file; an incident has its parts; other pages show what they need', async ({ page }) => {
    await visit(page, '/alerts?level=abnormal');
    const file = async (name: string) => {
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name }).click()]);
      return { name: download.suggestedFilename(), octets: await readFile(await download.path()) };
    };
    const csv = await file('CSV');
    expect(csv.name).toMatch(/^歷史事件-\d{8}-\d{4}\.csv$/);
    const text = csv.octets.toString('utf8');
    expect(text.trim().split('\r\n')).toHaveLength(5);
    expect(text).toContain('當日用量 162 MB，超過 150 MB');
    const xlsx = await file('匯出Excel檔');
    expect(xlsx.name).toMatch(/\.xlsx$/);
    expect(xlsx.octets.subarray(0, 2).toString()).toBe('PK');

    await visit(page, '/alerts');
    await page.getByRole('link', { name: /閘道中斷/ }).click();
    await expect(page.getByRole('heading', { name: '閘道中斷' })).toBeVisible();
    await expect(page.getByText('閘道 pgw-tpe-01 中斷，影響 2 個門號')).toBeVisible();
    const parts = page.getByRole('region', { name: '同一原因的告警' });
    await expect(parts.locator('tbody tr')).toHaveCount(2);
    await parts.getByRole('link', { name: SIMS[0].msisdn }).click();
    await page.getByRole('navigation', { name: '門號資料' }).getByRole('link', { name: '告警' }).click();
    await expect(page.getByRole('main').locator('tbody tr')).toHaveCount(2);
    await page.getByRole('link', { name: /查看：設備離線（失去訊號）/ }).click();
    await expect(page.getByText('系統發現')).toBeVisible();
    await page.getByRole('button', { name: '處理', exact: true }).click();
    await page.getByRole('dialog').getByLabel('處理備註').fill('已通知現場');
    await page.getByRole('dialog').getByRole('button', { name: '儲存' }).click();
    await expect(page.getByText('由 customer 處理')).toBeVisible();

    await visit(page, '/');
    const card = page.getByRole('region', { name: '告警' });
    await expect(card).toContainText('沒有進行中的未處理告警');
  });

  test('a viewer looks and is offered nothing', async ({ app, page }) => {
    await app.person('viewer@customer.example', 'tenant_viewer', CUSTOMER);
    await signIn(page.context(), app, { email: 'viewer@customer.example' });
    await visit(page, '/alerts');
    await expect(lines(page)).toHaveCount(5);
    await expect(page.getByRole('checkbox', { name: /選取/ })).toHaveCount(0);
    await expect(lines(page).getByRole('button')).toHaveCount(0);
    await visit(page, '/alerts/rules');
    await expect(page.getByRole('row').filter({ hasText: 'N/A' })).toHaveCount(6);
    await expect(page.getByRole('main').getByRole('button')).toHaveCount(0);
  });

  test('the pages on a telephone don’t scroll sideways @phone-only', async ({ page }) => {
    for (const path of ['/alerts', '/alerts/4', '/alerts/rules', '/']) {
      await visit(page, path);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), path).toBeLessThanOrEqual(0);
    }
  });
});

test.describe('the operator', () => {
  test.use({ as: 'operator' });

  test('is told to enter a customer first', async ({ page }) => {
    for (const path of ['/alerts', '/alerts/rules']) {
      await visit(page, path);
      await expect(page.getByText('請先選擇企業')).toBeVisible();
    }
    await accessible(page, 'outside of a customer');
  });
});
