import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Frame, Page } from '@playwright/test';
import { launchOptions } from '../chromium.mjs';
import { raise } from '../fixtures/alerts';
import { addGateway, importSims, Session, sim } from '../fixtures/fleet';
import { CUSTOMER, expect, test as base } from '../fixtures/opencmp';
import { accessible, alive } from '../fixtures/page';
import { OpenCmp } from '../fixtures/server';
import { certify, forget, SamplePortal, type Tls } from '../portal/portal';

const DEVICES = ['鑾轎 GPS', '頭旗車', '開路鼓', '三十六執士', '香客攝影機'];
const SIMS = DEVICES.map((name, at) => sim(at + 1, { name, group: '遶境/大甲' }));
const OTHERS = [sim(900, { name: '別組的設備', group: '廠區' })];

interface Heard {
  type: string;
  height?: number;
  path?: string;
}

interface Beside {
  tls: Tls;
  portal: SamplePortal;
}

/** OpenCMP over TLS with the festival's devices, and beside it, at another site, the portal that frames it. */
const test = base.extend<Beside>({
  tls: async ({}, use) => {
    const tls = await certify();
    await use(tls);
    await forget(tls);
  },
  app: async ({ tls }, use, testInfo) => {
    const app = await OpenCmp.startWith(tls.env);
    await addGateway(app);
    await importSims(app, CUSTOMER, [...SIMS, ...OTHERS]);
    await use(app);
    if (testInfo.status !== testInfo.expectedStatus) {
      await testInfo.attach('server.log', { body: await app.log(), contentType: 'text/plain' });
    }
    await app.stop();
  },
  portal: async ({ app, tls }, use) => {
    const portal = await SamplePortal.start(tls, app.baseURL);
    const args = ['--tenant', CUSTOMER, '--origin', portal.origin, '--group', '遶境/大甲'];
    portal.key = (await app.cli('portal', 'add', '遶境設備入口', ...args)).trim();
    portal.devices = DEVICES.map((name, at) => ({
      number: String(857210381 + at),
      name,
      about: '大甲鎮瀾宮',
      kind: 'general',
      sim: at + 1,
    }));
    await use(portal);
    await portal.stop();
  },
});

test.use({ as: null, ignoreHTTPSErrors: true });

async function open(page: Page, portal: SamplePortal, path = '/sims', more = ''): Promise<Frame> {
  await page.goto(`${portal.origin}/?page=${encodeURIComponent(path)}${more}`);
  return framed(page);
}

/** The frame, once its page is there. */
async function framed(page: Page): Promise<Frame> {
  const frame = await (await page.locator('#cmp').elementHandle())!.contentFrame();
  await frame!.waitForURL(/\/embed\/(sims|usage|alerts)/);
  await expect(frame!.locator('html')).toHaveAttribute('data-alive', '', { timeout: 20_000 });
  return frame!;
}

/** The browser shows nothing of it. */
async function refused(page: Page): Promise<void> {
  const frame = await (await page.locator('#cmp').elementHandle())!.contentFrame();
  await expect.poll(() => frame!.url()).toMatch(/^chrome-error:/);
}

function heard(page: Page): Promise<Heard[]> {
  return page.evaluate(() => (window as unknown as { heard: Heard[] }).heard);
}

async function hears(page: Page, type: string, what: Partial<Heard> = {}): Promise<void> {
  await expect.poll(async () => (await heard(page)).filter((message) => message.type === type)).toContainEqual(expect.objectContaining(what));
}

/** What works in a frame, whatever the browser thinks of cookies. */
async function lives(app: OpenCmp, page: Page, portal: SamplePortal): Promise<Frame> {
  const frame = await open(page, portal);
  expect(frame.url(), 'the token is gone from the address').not.toContain('#');
  await expect(frame.locator('.sims-table tbody tr')).toHaveCount(DEVICES.length);
  await expect(frame.getByText('別組的設備')).toHaveCount(0);
  for (const gone of ['檢視表', '下載門號明細', '貼上門號清單']) await expect(frame.getByRole('button', { name: gone })).toHaveCount(0);
  await hears(page, 'ready');
  await hears(page, 'navigate', { path: '/sims' });

  // Figures follow the network.
  await expect(frame.getByTestId('live-status')).toHaveText('即時');
  const row = frame.locator('tr', { hasText: SIMS[0].msisdn });
  await expect(row).toContainText('未連線');
  await new Session(app, SIMS[0], 's1').update(60, 2 * 1024 ** 2, 1024 ** 2);
  await expect(row).toContainText('已連線');
  await expect(row).toContainText('3 MB');

  // Links lead on within the frame, and the portal is told where and how tall.
  const tall = await height(page);
  await row.getByRole('link', { name: SIMS[0].msisdn, exact: true }).click();
  await frame.waitForURL(/\/embed\/sims\/\d+$/);
  await expect(frame.locator('.sim-title')).toContainText('鑾轎 GPS');
  const path = new URL(frame.url()).pathname.replace('/embed', '');
  await hears(page, 'navigate', { path });
  await expect.poll(() => height(page)).not.toBe(tall);
  await expect.poll(async () => Math.abs((await height(page)) - (await content(frame)))).toBeLessThan(3);
  await frame.getByRole('link', { name: '連線紀錄' }).click();
  await hears(page, 'navigate', { path: `${path}?tab=sessions` });
  await frame.getByRole('link', { name: /門號列表/ }).click();
  await frame.waitForURL(/\/embed\/sims$/);
  await expect(frame.locator('.sims-table tbody tr')).toHaveCount(DEVICES.length);
  return frame;
}

async function height(page: Page): Promise<number> {
  return (await page.locator('#cmp').boundingBox())!.height;
}

/** How tall the page in the frame is. */
function content(frame: Frame): Promise<number> {
  return frame.evaluate(() => document.documentElement.getBoundingClientRect().height);
}

/** Whether another site's cookie is kept in the frame, one that isn't partitioned. */
function takesCookies(frame: Frame): Promise<boolean> {
  return frame.evaluate(() => {
    document.cookie = 'probe=1; SameSite=None; Secure; Path=/';
    return document.cookie.includes('probe=1');
  });
}

test('third-party cookies allowed: the list lives in a portal, and outlives a reload', async ({ app, portal, playwright }, testInfo) => {
  // A profile of its own: what Playwright opens otherwise is like a private window, where Chromium blocks them.
  const profile = testInfo.outputPath('profile');
  await mkdir(join(profile, 'Default'), { recursive: true });
  const allowed = { profile: { cookie_controls_mode: 0, block_third_party_cookies: false } };
  await writeFile(join(profile, 'Default', 'Preferences'), JSON.stringify(allowed));
  const options = { ...launchOptions, ignoreHTTPSErrors: true, locale: 'zh-TW', timezoneId: 'Asia/Taipei' };
  const context = await playwright.chromium.launchPersistentContext(profile, options);
  const page = await context.newPage();
  const frame = await lives(app, page, portal);
  expect(await takesCookies(frame), 'cookies of third parties are kept').toBe(true);
  const kept = (await context.cookies(app.baseURL)).find(({ name }) => name === '__Host-opencmp-frame');
  expect(kept).toMatchObject({ httpOnly: true, secure: true, sameSite: 'None', path: '/' });
  await frame.evaluate(() => location.reload());
  await alive(frame as unknown as Page);
  await expect(frame.locator('.sims-table tbody tr')).toHaveCount(DEVICES.length);
  await expect(frame.getByTestId('live-status')).toHaveText('即時');
  await context.close();
});

test('third-party cookies blocked: the frame has a cookie of its own for this portal', async ({ app, portal, playwright }) => {
  const args = [...launchOptions.args, '--test-third-party-cookie-phaseout'];
  const browser = await playwright.chromium.launch({ ...launchOptions, args });
  const page = await browser.newPage({ ignoreHTTPSErrors: true, locale: 'zh-TW', timezoneId: 'Asia/Taipei' });
  const frame = await lives(app, page, portal);
  expect(await takesCookies(frame), 'cookies of third parties are blocked').toBe(false);
  await frame.evaluate(() => location.reload());
  await alive(frame as unknown as Page);
  await expect(frame.locator('.sims-table tbody tr')).toHaveCount(DEVICES.length);
  await browser.close();
});

test('no cookies at all: a bearer in memory does as well', async ({ app, page, portal, context }) => {
  await page.route('**/fn/embed_exchange', async (route) => {
    const answer = await route.fetch();
    const { 'set-cookie': refused, ...headers } = answer.headers();
    expect(refused).toContain('Partitioned');
    // Playwright keeps what it fetches itself; a browser that refuses cookies doesn't.
    await context.clearCookies();
    await route.fulfill({ response: answer, headers });
  });
  const frame = await lives(app, page, portal);
  expect((await context.cookies()).filter(({ name }) => name.includes('frame'))).toEqual([]);
  // It is in no address and in no document.
  expect(frame.url()).not.toMatch(/[0-9a-f]{64}/);
  expect(await frame.content()).not.toMatch(/[0-9a-f]{64}/);
});

test('language, appearance and page are the portal\'s to say; the token may come by a form', async ({ app, page, portal }) => {
  await new Session(app, SIMS[0], 's1').update(60, 2 * 1024 ** 2, 1024 ** 2);
  await app.idle();
  portal.ask = { lang: 'en', theme: 'dark' };
  const frame = await open(page, portal, '/usage', '&form');
  await expect(frame.locator('html')).toHaveAttribute('data-lang', 'en');
  await expect(frame.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect(frame.getByRole('heading', { name: 'Usage', exact: false }).first()).toBeVisible();
  await expect(frame.getByText('Done: the chart is drawn.')).toBeVisible();
  await expect(frame.getByText(/PDF|Download/)).toHaveCount(0);
  const background = () => frame.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const dark = await background();
  await page.evaluate((to) => {
    document.querySelector('iframe')!.contentWindow!.postMessage({ type: 'theme', theme: 'light' }, to);
  }, new URL(frame.url()).origin);
  await expect(frame.locator('html')).toHaveAttribute('data-theme', 'light');
  await expect.poll(background).not.toBe(dark);
});

test('alerts of the frame\'s groups are there to look at', async ({ app, page, portal }) => {
  const began = new Date(Date.now() - 600_000);
  await raise(app, [
    { id: 1, sim: SIMS[0], began, facts: [['cause', 'Lost-Carrier']] },
    { id: 2, sim: OTHERS[0], began },
  ]);
  const frame = await open(page, portal, '/alerts');
  await expect(frame.locator('tbody tr')).toHaveCount(1);
  await expect(frame.locator('tbody tr')).toContainText('設備離線（失去訊號）');
  await expect(frame.locator('tbody').getByRole('button')).toHaveCount(0);
  await expect(frame.getByRole('link', { name: /Excel|CSV|告警規則/ })).toHaveCount(0);
  await frame.getByLabel('等級').selectOption('嚴重');
  await frame.getByRole('button', { name: '查詢' }).click();
  await expect(frame.getByText('沒有符合的告警')).toBeVisible();
  await hears(page, 'navigate', { path: '/alerts?level=critical' });
  await frame.getByRole('link', { name: '清除條件' }).click();
  await frame.locator('tbody').getByRole('link', { name: SIMS[0].msisdn }).click();
  await frame.waitForURL(/\/embed\/sims\/\d+$/);
});

test('a device of the portal leads to its SIM in the frame', async ({ page, portal }) => {
  await open(page, portal);
  await expect(page.getByText(`顯示第 1 至 ${DEVICES.length} 項結果`)).toBeVisible();
  await page.getByRole('row', { name: /頭旗車/ }).getByRole('link', { name: /CMP管理網頁/ }).click();
  const frame = await framed(page);
  await expect(frame.locator('.sim-title')).toContainText('頭旗車');
  await page.getByRole('navigation', { name: '設備' }).getByRole('link', { name: '告警' }).click();
  await expect((await framed(page)).getByRole('heading', { level: 1 })).toBeVisible();
});

test.describe('what is refused', () => {
  // Browsers write down what they refuse.
  test.use({ consoleErrorsExpected: true });

  test('a token is good once', async ({ page, portal }) => {
    const { url } = await portal.token('/sims');
    await page.goto(`${portal.origin}/?src=${encodeURIComponent(url)}`);
    await framed(page);
    await page.goto(`${portal.origin}/?src=${encodeURIComponent(url)}`);
    const frame = page.frameLocator('#cmp');
    await expect(frame.getByRole('alert')).toContainText('此憑證已使用或已逾時');
    await hears(page, 'ended');
  });

  test('nobody else frames it', async ({ page, portal, tls, app }) => {
    const other = await SamplePortal.start(tls, app.baseURL);
    const { url } = await portal.token('/sims');
    await page.goto(`${other.origin}/?src=${encodeURIComponent(url)}`);
    await refused(page);
    expect(await heard(page)).toEqual([]);
    // Nor the pages themselves, signed in or not.
    for (const path of ['/sims', '/sign-in', '/embed/sims']) {
      await page.goto(`${portal.origin}/?src=${encodeURIComponent(app.baseURL + path)}`);
      await refused(page);
    }
    await other.stop();
  });

  test('a portal that is removed ends its frames at once', async ({ page, portal, app, context }) => {
    await open(page, portal);
    const admin = await context.newPage();
    await context.addCookies([{ name: app.cookie, value: await app.signIn('customer'), url: app.baseURL, secure: true }]);
    await admin.goto(`${app.baseURL}/people`);
    await alive(admin);
    await admin.getByRole('button', { name: '移除 遶境設備入口' }).click();
    await admin.getByRole('dialog').getByRole('button', { name: '移除' }).click();
    await hears(page, 'ended');
    await expect(page.frameLocator('#cmp').getByText('這個畫面的使用時間已結束')).toBeVisible();
  });

  test('a portal is set up on the page of people', async ({ page, app, context, portal }) => {
    await context.addCookies([{ name: app.cookie, value: await app.signIn('customer'), url: app.baseURL, secure: true }]);
    await page.goto(`${app.baseURL}/people`);
    await alive(page);
    await page.getByRole('button', { name: '新增入口網站' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('名稱').fill('第二入口');
    await dialog.getByLabel('網站來源（Origin）').fill('portal.example/path');
    await dialog.getByRole('button', { name: '新增入口網站' }).click();
    await expect(dialog.getByRole('alert')).toContainText('不含路徑');
    await accessible(page, 'a portal, and what is wrong with it');
    await dialog.getByLabel('網站來源（Origin）').fill(portal.origin);
    await dialog.getByText('僅限以下群組').click();
    await dialog.getByLabel('遶境/大甲').check();
    await dialog.getByRole('button', { name: '新增入口網站' }).click();
    const key = /[0-9a-f]{64}/.exec(await page.locator('.link-to-send:visible').innerText())![0];
    await page.getByRole('button', { name: '完成' }).click();
    await expect(page.getByRole('row', { name: /第二入口/ })).toContainText('遶境/大甲');
    portal.key = key;
    const frame = await open(page, portal);
    await expect(frame.locator('.sims-table tbody tr')).toHaveCount(DEVICES.length);
  });
});

for (const [path, name] of [['/sims', 'list'], ['/sims/1', 'sim'], ['/usage', 'usage'], ['/alerts', 'alerts']] as const) {
  test(`${name}: nothing that accessibility checkers object to, at either width, light and dark`, async ({ page, portal, app }, testInfo) => {
    await new Session(app, SIMS[0], 's1').update(60, 2 * 1024 ** 2, 1024 ** 2);
    await app.idle();
    await page.emulateMedia({ reducedMotion: 'reduce' });
    for (const theme of ['light', 'dark']) {
      for (const width of [1024, 390]) {
        await page.setViewportSize({ width, height: 900 });
        portal.ask = { theme };
        const frame = await open(page, portal, path);
        await hears(page, 'height');
        await expect(frame.getByRole('heading', { level: 1 })).toBeVisible();
        await expect(frame.locator('.skeleton-rows')).toHaveCount(0);
        await expect.poll(async () => Math.abs((await height(page)) - (await content(frame)))).toBeLessThan(3);
        await page.screenshot({ path: testInfo.outputPath(`${name}-${theme}-${width}.png`), fullPage: true });
        await accessible(page, `${path} ${theme} ${width}`, '#cmp');
      }
    }
  });
}
