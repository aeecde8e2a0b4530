// Screenshots for people who change the interface, of pages of a running server:
//
//   node shots.mjs http://127.0.0.1:8080 shots / /sims '/sims/1?tab=usage'
//
// Each in both languages, light and dark, at three widths: shots/<page>.<language>.<theme>.<width>.png. For a signed-in
// view, SHOTS_COOKIE='name=value; name=value'. Also tells of console errors and of pages that scroll sideways.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { launchOptions } from './chromium.mjs';

const LANGUAGES = ['zh-TW', 'en'];
const THEMES = ['light', 'dark'];
const WIDTHS = { 1440: 900, 1024: 768, 390: 844 };

const [base, folder, ...paths] = process.argv.slice(2);
if (!base || !folder) {
  console.error('usage: node shots.mjs URL OUTDIR [PATH...]');
  process.exit(2);
}
await mkdir(folder, { recursive: true });
const given = (process.env.SHOTS_COOKIE ?? '').split(';').filter(Boolean).map((pair) => pair.trim().split(/=(.*)/s));

const browser = await chromium.launch(launchOptions);
for (const lang of LANGUAGES) {
  for (const theme of THEMES) {
    for (const [width, height] of Object.entries(WIDTHS)) {
      await shoot(lang, theme, Number(width), height);
    }
  }
}
await browser.close();

async function shoot(lang, theme, width, height) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    locale: lang,
    timezoneId: 'Asia/Taipei',
    reducedMotion: 'reduce',
  });
  const cookies = [['lang', lang], ['theme', theme], ...given];
  await context.addCookies(cookies.map(([name, value]) => ({ name, value, url: base })));
  const page = await context.newPage();
  page.on('console', (message) => message.type() === 'error' && console.log(`  console: ${message.text()}`));
  page.on('pageerror', (error) => console.log(`  page: ${error}`));
  for (const path of paths.length ? paths : ['/']) {
    const name = path.replace(/^\/|\/$/g, '').replace(/[^\w-]+/g, '-') || 'home';
    const file = join(folder, `${name}.${lang}.${theme}.${width}.png`);
    console.log(file);
    await page.goto(new URL(path, base).href, { waitUntil: 'load' });
    await page.evaluate(() => document.fonts.ready);
    // Long enough for hydration and the first live update; there is no event to wait for that every page has.
    await page.waitForTimeout(600);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (wide > 0) console.log(`  scrolls sideways by ${wide} px`);
    await page.screenshot({ path: file, fullPage: true });
  }
  await context.close();
}
