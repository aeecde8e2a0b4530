import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import { addChannel, addRule, saved } from '../fixtures/alerts';
import { addGateway, importSims, Session, sim } from '../fixtures/fleet';
import { CUSTOMER, expect, test as base } from '../fixtures/opencmp';
import { visit } from '../fixtures/page';
import { Peer, type Told } from '../fixtures/peer';
import { OpenCmp, type RadiusAttributes } from '../fixtures/server';

// Each category from the form in the browser over a gateway's packets to the receiver that verifies it.

const MB = 1024 ** 2;
const SIMS = Array.from({ length: 8 }, (_, at) => sim(at + 1));
/** A device that no rule lists. */
const ELSEWHERE = '3527530987654301';

interface Peers {
  hooks: Peer;
  mail: Peer;
  sms: Peer;
}

const test = base.extend<{ peers: Peers }>({
  peers: async ({}, use) => {
    const peers = {
      hooks: await Peer.start('http', {}),
      mail: await Peer.start('smtp', { security: 'plain' }),
      sms: await Peer.start('smpp', { login: { name: 'opencmp', password: 'secret' } }),
    };
    await use(peers);
    for (const peer of Object.values(peers)) await peer.stop();
  },

  app: async ({ peers }, use, testInfo) => {
    const folder = await mkdtemp(join(tmpdir(), 'opencmp-told-'));
    const config = join(folder, 'opencmp.toml');
    await writeFile(
      config,
      `[notify.mail]
host = "127.0.0.1"
port = ${peers.mail.port}
security = "plain"
from = "OpenCMP <alerts@cmp.example>"
[notify.smpp]
host = "127.0.0.1"
port = ${peers.sms.port}
system_id = "opencmp"
password = "secret"
source = "OpenCMP"
[notify.webhooks]
networks = ["127.0.0.0/8"]
ports = [${peers.hooks.port}]
plain_http = true
`,
    );
    const app = await OpenCmp.startWith({ OPENCMP_CONFIG: config });
    await use(app);
    if (testInfo.status !== testInfo.expectedStatus) {
      await testInfo.attach('server.log', { body: await app.log(), contentType: 'text/plain' });
      await testInfo.attach('hooks', { body: JSON.stringify(peers.hooks.told, null, 2), contentType: 'text/plain' });
    }
    await app.stop();
    await rm(folder, { recursive: true, force: true });
  },
});

/** Webhooks of this event, each as its receiver verified it. */
function told(peers: Peers, event: string): Told[] {
  const requests = peers.hooks.told.map((told) => told.request).filter((request) => request?.verified.includes(true));
  return requests.map((request) => JSON.parse(request.body)).filter((body) => body.type === event).map((body) => body.data);
}

/** Waits for the webhook of this event about this SIM, and for no second one. */
async function hears(peers: Peers, event: string, msisdn: string, seconds = 15): Promise<Told> {
  const theirs = () => told(peers, event).filter((data) => String(data.msisdn).endsWith(msisdn.slice(1)));
  await expect.poll(() => theirs().length, { message: `${event} of ${msisdn}`, timeout: seconds * 1000 }).toBeGreaterThan(0);
  expect(theirs(), `${event} of ${msisdn}`).toHaveLength(1);
  return theirs()[0];
}

/** A packet of a SIM's session, with more or other attributes than most. */
function packet(app: OpenCmp, at: number, id: string, status: string, more: RadiusAttributes): Promise<void> {
  // Each SIM has an address of its own: who comes to another's takes its place.
  const own = { 'Framed-IP-Address': `10.0.1.${at}`, 'Acct-Session-Time': 60 };
  return new Session(app, SIMS[at], id).send(status, { ...own, ...more });
}

/** A new rule of this category, told of by these channels; `ask` fills in its conditions. */
async function rule(page: Page, category: string, channels: string[], ask: (dialog: Locator) => Promise<void>) {
  const dialog = await addRule(page, category);
  await ask(dialog);
  for (const channel of channels) await dialog.getByLabel(channel).check();
  await saved(page, category);
}

async function channel(page: Page, kind: string, name: string, to: [string, string]): Promise<void> {
  const dialog = await addChannel(page, kind, name);
  await dialog.getByLabel(to[0]).fill(to[1]);
}

test('each of the six categories is set up, caused by packets, and heard of by its receiver', async ({ app, page, peers }) => {
  test.setTimeout(300_000);
  await addGateway(app);
  await importSims(app, CUSTOMER, SIMS);
  await page.emulateMedia({ reducedMotion: 'reduce' });

  // What is usual is learned of seven whole days. A gateway may report up to seven days late, so that it is two days ago.
  await test.step('nine days of one SIM', () =>
    app.daysAgo(2, async () => {
      for (let day = 7; day >= 0; day -= 1) {
        const late = day * 86_400;
        await packet(app, 6, `day ${day}`, 'Start', { 'Acct-Delay-Time': late - 120 > 0 ? late - 120 : 60, 'Acct-Session-Time': 0 });
        await packet(app, 6, `day ${day}`, 'Stop', { 'Acct-Delay-Time': late - 180 > 0 ? late - 180 : 0, 'Acct-Output-Octets': 100 * 1024 });
      }
    }),
  );
  await visit(page, '/alerts/rules');

  await test.step('channels', async () => {
    await channel(page, 'Http', '平台', ['網址', `http://127.0.0.1:${peers.hooks.port}/cmp`]);
    await page.getByRole('dialog').getByRole('button', { name: '儲存' }).click();
    const secret = await page.locator('.link-to-send:visible').innerText();
    peers.hooks.set({ secrets: [/whsec_[\w+/=]+/.exec(secret)![0]] });
    await page.getByRole('button', { name: '完成' }).click();
    await channel(page, '電郵', '值班信箱', ['電子郵件', 'ops@example.com']);
    await saved(page, '值班信箱');
    await channel(page, '簡訊', '值班手機', ['手機號碼', '0912345678']);
    await saved(page, '值班手機');
  });

  await test.step('rules', async () => {
    await rule(page, '流量異常', [/Http · 平台/], async (dialog) => {
      await dialog.getByLabel('上限（MB）').fill('6');
      await dialog.getByText('依額度分階段通知').click();
      await dialog.getByLabel('額度（MB）').fill('10');
    });
    await rule(page, '設備斷線', [/Http · 平台/, /電郵 · 值班信箱/, /簡訊 · 值班手機/], async (dialog) => {
      await dialog.getByLabel('斷線持續超過（分鐘）').fill('1');
    });
    await rule(page, 'IMEI/IMSI不匹配', [/Http · 平台/], async (dialog) => {
      await dialog.getByText('設備不在清單內').click();
      await dialog.getByLabel('設備清單').fill('86642503');
      await dialog.getByText('同一 IMEI 出現在多張 SIM 卡').click();
      await dialog.getByLabel('SIM 卡張數（含）以上').fill('2');
    });
    await rule(page, 'SIM卡生命週期通知', [/Http · 平台/], async (dialog) => {
      await dialog.getByLabel('暫停', { exact: true }).check();
    });
    await rule(page, '網路變更', [/Http · 平台/], async (dialog) => {
      await dialog.getByLabel(/^中華電信 \(46692\)/).check();
      await dialog.getByText('在其他國家漫遊').click();
      await dialog.getByText('無線接取不是').click();
      await dialog.getByLabel('LTE', { exact: true }).check();
    });
    await rule(page, '資安通報', [/Http · 平台/], async (dialog) => {
      await dialog.getByText('當日用量遠高於平常').click();
      await dialog.getByLabel('平常用量的倍數').fill('10');
      for (const asked of ['同一卡或同一設備同時出現於兩處', '不可能的移動速度', '帳號登入攻擊']) {
        await dialog.getByText(asked).click();
      }
    });
  });

  await test.step('設備斷線 begins to count', async () => {
    const session = new Session(app, SIMS[1], 'offline');
    await session.start();
    await session.stop(30, 1000, 1000);
  });

  await test.step('流量異常', async () => {
    const used = new Session(app, SIMS[0], 'usage');
    await used.start();
    const { msisdn } = SIMS[0];
    await used.update(60, 0, 6 * MB);
    await used.update(120, 0, 6.5 * MB);
    const daily = await hears(peers, 'alert.daily_usage', msisdn);
    expect(daily).toMatchObject({ category: 'usage', level: 'abnormal', facts: { limit: String(6 * MB), used: String(6.5 * MB) } });
    expect(daily.message).toContain('6,815,744 B today, over 6 MB');
    // The shell counts them without a reload.
    const badge = page.getByRole('navigation', { name: '主選單' }).getByRole('link', { name: /^告警/ });
    await expect(badge).toContainText(/[1-9]/);
    const passed = () => told(peers, 'alert.usage_stage').map((data) => data.facts.percent);
    for (const [at, [octets, percents]] of ([[7.2, ['70']], [9.5, ['70', '90']], [10.1, ['70', '90', '100']]] as const).entries()) {
      await used.update(180 + 60 * at, 0, Math.round(octets * MB));
      await expect.poll(passed, { timeout: 15_000 }).toEqual(percents);
    }
  });

  await test.step('IMEI/IMSI不匹配', async () => {
    await packet(app, 2, 'device', 'Start', {});
    await packet(app, 2, 'device', 'Interim-Update', { '3GPP-IMEISV': ELSEWHERE });
    const { msisdn } = SIMS[2];
    const other = await hears(peers, 'alert.other_device', msisdn);
    expect(other.facts).toEqual({ from: `${SIMS[2].imei.slice(0, 14)}01`, to: ELSEWHERE });
    await hears(peers, 'alert.unlisted_device', msisdn);
    // The same device in another SIM.
    await packet(app, 3, 'shared', 'Start', { '3GPP-IMEISV': ELSEWHERE });
    const shared = await hears(peers, 'alert.shared_device', SIMS[3].msisdn);
    expect(shared.facts).toEqual({ to: ELSEWHERE, sims: '2' });
  });

  await test.step('SIM卡生命週期通知', async () => {
    await importSims(app, CUSTOMER, [{ ...SIMS[4], state: 'suspended' }]);
    const changed = await hears(peers, 'alert.state_changed', SIMS[4].msisdn);
    expect(changed.facts).toEqual({ from: 'active', to: 'suspended' });
  });

  await test.step('網路變更, 資安通報: travel', async () => {
    const { msisdn } = SIMS[5];
    await packet(app, 5, 'network', 'Start', {});
    await packet(app, 5, 'network', 'Interim-Update', { '3GPP-SGSN-MCC-MNC': '44010', '3GPP-RAT-Type': '1' });
    const network = await hears(peers, 'alert.other_network', msisdn);
    expect(network).toMatchObject({ category: 'network', facts: { from: '46692', to: '44010' } });
    expect(network.message).toContain('NTT');
    await hears(peers, 'alert.other_rat', msisdn);
    await hears(peers, 'alert.travel', msisdn);
    // From the test network 001, everywhere is abroad.
    await hears(peers, 'alert.roaming', msisdn);
  });

  await test.step('資安通報: far from what is usual, cloned, sign-ins', async () => {
    const [unusual, cloned] = [SIMS[6], SIMS[7]];
    await packet(app, 6, 'today', 'Start', { 'Acct-Session-Time': 0 });
    await packet(app, 6, 'today', 'Interim-Update', { 'Acct-Output-Octets': 5 * MB });
    // Seven days of 100 KB, and yesterday, when it was silent.
    expect((await hears(peers, 'alert.abnormal', unusual.msisdn)).facts).toEqual({
      usual: String(88 * 1024),
      used: String(5 * MB),
    });
    await packet(app, 7, 'one', 'Start', { 'NAS-Identifier': 'pgw-1' });
    await packet(app, 7, 'two', 'Start', { 'NAS-Identifier': 'pgw-2', 'Called-Station-Id': 'other.iot', '3GPP-IMEISV': '8664250399999901' });
    await hears(peers, 'alert.cloned', cloned.msisdn);
    for (let tries = 0; tries < 12 && told(peers, 'alert.sign_in').length === 0; tries += 1) {
      await fetch(`${app.baseURL}/fn/sign_in`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email: 'customer@opencmp.example', password: `wrong ${tries}` }),
      });
    }
    await expect.poll(() => told(peers, 'alert.sign_in').length, { timeout: 15_000 }).toBe(1);
    expect(told(peers, 'alert.sign_in')[0].facts.account).toBe('customer@opencmp.example');
  });

  await test.step('設備斷線, by each channel, and its end', async () => {
    const { msisdn } = SIMS[1];
    await hears(peers, 'alert.offline', msisdn, 90);
    const mails = () => peers.mail.told.filter((told) => told.mail).map((told) => told.mail);
    await expect.poll(() => mails().length, { timeout: 15_000 }).toBe(1);
    expect(mails()[0].to).toEqual(['ops@example.com']);
    const short = () => peers.sms.told.filter((told) => told.submit).map((told) => told.submit);
    await expect.poll(() => short().length, { timeout: 15_000 }).toBeGreaterThan(0);
    expect(short()[0].destination[2]).toBe('886912345678');
    expect(short().map((part) => part.text).join('')).toContain(msisdn);
    await new Session(app, SIMS[1], 'back').start();
    await hears(peers, 'alert.offline.ended', msisdn);
    await expect.poll(() => mails().length, { timeout: 15_000 }).toBe(2);
  });

  await test.step('the history has each, and the log that all was delivered', async () => {
    const counted = page.waitForResponse(/\/live\?alerts=1$/);
    await visit(page, '/alerts');
    await counted;
    for (const kind of ['單日流量超量', '設備離線']) await expect(page.getByRole('main')).toContainText(kind);
    // What comes meanwhile is said, and shown when it is asked for.
    const lines = page.getByRole('table', { name: '告警列表' }).locator('tbody tr');
    const before = await lines.count();
    await importSims(app, CUSTOMER, [{ ...SIMS[3], state: 'suspended' }]);
    await expect(page.getByText('告警有更新')).toBeVisible({ timeout: 15_000 });
    expect(await lines.count()).toBe(before);
    await page.getByRole('button', { name: '重新整理' }).click();
    await expect(lines).toHaveCount(before + 1);
    await expect(page.getByText('告警有更新')).toHaveCount(0);
    await visit(page, '/alerts/rules');
    await expect(page.getByRole('main')).not.toContainText('已放棄');
  });
});
