// The bench's browser.  node browser.mjs visit URL COOKIE        prints what a first visit fetches
//                       node browser.mjs watch URL COOKIE CELL   prints "changed ID" when a row's cell shows something else
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const end2end = resolve(import.meta.dirname, '../../end2end');
const { chromium } = createRequire(resolve(end2end, 'package.json'))('@playwright/test');
const { launchOptions } = await import(resolve(end2end, 'chromium.mjs'));

const [mode, url, cookie, cell] = process.argv.slice(2);
const browser = await chromium.launch(launchOptions);
const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, locale: 'zh-TW' });
const [name, value] = cookie.split('=');
await page.context().addCookies([{ name, value, url }]);

if (mode === 'visit') {
  await page.goto(url, { waitUntil: 'networkidle', timeout: 30_000 }).catch(() => {});
  const files = await page.evaluate(() =>
    [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
      .filter((entry) => !entry.name.includes('/live'))
      .map((entry) => ({ name: entry.name, size: entry.encodedBodySize })),
  );
  console.log(JSON.stringify(files));
  await browser.close();
} else {
  await page.exposeBinding('changed', (_, id) => console.log(`changed ${id}`));
  await page.goto(url);
  await page.waitForSelector(`tr[data-sim] ${cell}`);
  await page.evaluate((cell) => {
    const shown = new Map();
    const look = (tell) => {
      for (const row of document.querySelectorAll('tr[data-sim]')) {
        const text = row.querySelector(cell)?.textContent;
        if (shown.get(row.dataset.sim) !== text) {
          shown.set(row.dataset.sim, text);
          if (tell) window.changed(row.dataset.sim);
        }
      }
    };
    look(false);
    const options = { subtree: true, childList: true, characterData: true };
    new MutationObserver(() => look(true)).observe(document.body, options);
  }, cell);
  // Until the stream has brought its snapshot.
  await page.waitForTimeout(2_000);
  console.log('watching');
  process.on('SIGTERM', () => browser.close().finally(() => process.exit(0)));
}
