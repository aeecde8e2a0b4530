import { addGateway, importSims, Session, sim } from '../fixtures/fleet';
import { expect, fleetTest, test } from '../fixtures/opencmp';
import { alive, cell, cookies, live, visit } from '../fixtures/page';

test.describe('for the operator', () => {
  test.use({ as: 'operator' });

  test('an empty installation says what will be where', async ({ page }) => {
    await visit(page, '/');
    await expect(page.getByRole('heading', { name: '還沒有門號' })).toBeVisible();
    await visit(page, '/sims');
    await expect(page.getByRole('heading', { name: '尚無門號' })).toBeVisible();
    await visit(page, '/usage');
    await expect(page.getByRole('heading', { name: '圖表連動查詢' })).toBeVisible();
    await visit(page, '/operator');
    await expect(page.getByText('尚未登錄閘道')).toBeVisible();
  });
});

fleetTest('nothing matches: a way out is offered', async ({ page }) => {
  await visit(page, '/sims?q=nothing+like+it');
  await expect(page.getByRole('heading', { name: '沒有符合條件的門號' })).toBeVisible();
  await page.getByRole('link', { name: '清除條件' }).click();
  await expect(page.getByText('共 120 項')).toBeVisible();
});

fleetTest.describe('what is not there, or not for everyone', () => {
  fleetTest.use({ consoleErrorsExpected: true });

  fleetTest('an address that does not exist', async ({ page }) => {
    const answer = await page.goto('/nowhere');
    expect(answer?.status()).toBe(404);
    await expect(page.getByRole('heading', { name: '找不到這個頁面' })).toBeVisible();
    await page.getByRole('link', { name: '回到儀表板' }).click();
    await expect(page.getByRole('heading', { name: '儀表板' })).toBeVisible();
  });

  fleetTest('a SIM that does not exist, or is another customer’s', async ({ page }) => {
    for (const id of ['4711', '121']) {
      const answer = await page.goto(`/sims/${id}`);
      expect(answer?.status(), id).toBe(404);
      await expect(page.getByRole('alert')).toContainText('找不到');
    }
  });

  fleetTest('the operator’s page for a customer', async ({ page }) => {
    const answer = await page.goto('/operator');
    expect(answer?.status()).toBe(403);
    await expect(page.getByRole('alert')).toContainText('沒有權限');
    await expect(page.getByRole('main')).not.toContainText('pgw-tpe-01');
  });
});

fleetTest.describe('when a part of the program cannot be fetched', () => {
  fleetTest.use({ consoleErrorsExpected: true });

  fleetTest('a page says so in its place, and loads again', async ({ page }) => {
    await visit(page, '/sims');
    await page.route('**/pkg/split_usage.wasm', (route) => route.abort());
    await page.getByRole('navigation', { name: '主選單' }).getByRole('link', { name: '用量查詢' }).click();
    await expect(page.getByRole('alert')).toContainText('頁面無法載入');
    await page.unroute('**/pkg/split_usage.wasm');
    await page.getByRole('button', { name: '重新載入' }).click();
    await expect(page.getByRole('heading', { name: '圖表連動查詢' })).toBeVisible();
  });

  fleetTest('a page that the server has rendered says so above it', async ({ page }) => {
    await page.route('**/pkg/split_usage.wasm', (route) => route.abort());
    await page.goto('/usage');
    await expect(page.getByRole('alert')).toContainText('頁面沒有完整載入');
    await expect(page.getByRole('heading', { name: '圖表連動查詢' })).toBeVisible();
    await page.unroute('**/pkg/split_usage.wasm');
    await page.getByRole('link', { name: '重新載入' }).click();
    await alive(page);
    await expect(page.getByRole('alert')).toBeHidden();
  });

  fleetTest('a dialog says so, and opens the next time', async ({ page }) => {
    await page.route('**/pkg/split_tools.wasm', (route) => route.abort());
    await visit(page, '/sims');
    await page.getByRole('button', { name: '變更選單列表' }).click();
    await expect(page.getByText('網路中斷，或系統剛更新')).toBeVisible();
    await page.unroute('**/pkg/split_tools.wasm');
    await page.getByRole('button', { name: '變更選單列表' }).click();
    await expect(page.getByRole('dialog', { name: '變更選單列表' })).toBeVisible();
  });
});

test.describe('when the stream breaks', () => {
  test.use({ consoleErrorsExpected: true });

  test('the page says so and how old its figures are, and catches up without a reload', async ({ app, page }) => {
    const one = sim(1);
    await addGateway(app);
    await importSims(app, '環礁電力', [one]);
    await visit(page, '/sims');
    await live(page);
    const session = new Session(app, one, 's1');
    await session.start();
    const connection = await cell(page.getByRole('row', { name: one.msisdn }), '連線狀態');
    await expect(connection).toContainText('已連線 (Start)');
    await page.evaluate(() => Object.assign(window, { loadedOnce: true }));

    await app.kill();
    const status = page.getByTestId('live-status');
    await expect(status).toHaveText(/^重新連線中，數據為 \d+ 秒 ?前$/);
    const age = async () => Number(/\d+/.exec(await status.innerText())![0]);
    const first = await age();
    await expect.poll(age, 'the age goes on').toBeGreaterThan(first);
    await expect(connection, 'the figures stay').toContainText('已連線 (Start)');

    await app.restart();
    await session.update(60, 2048, 0);
    await expect(status).toHaveText('即時', { timeout: 20_000 });
    await expect(connection).toContainText('已連線 (Alive)');
    await expect(await cell(page.getByRole('row', { name: one.msisdn }), '累計流量')).toHaveText('2 KB');
    expect(await page.evaluate(() => 'loadedOnce' in window), 'the page was not loaded again').toBe(true);
  });

  test('asking a server that is away ends in words, and trying again works', async ({ app, page, context }) => {
    await importSims(app, '環礁電力', [sim(1), sim(2)]);
    await cookies(context, app.baseURL, { lang: 'zh-TW' });
    await visit(page, '/sims');
    await live(page);
    await app.kill();
    await page.getByRole('main').getByRole('searchbox', { name: '請輸入' }).fill(sim(2).msisdn);
    await expect(page.getByRole('alert').filter({ hasText: '連不上伺服器' })).toBeVisible();
    await app.restart();
    await page.getByRole('button', { name: '重試' }).click();
    await expect(page.getByRole('row', { name: sim(2).msisdn })).toBeVisible();
  });
});
