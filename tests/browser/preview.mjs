// Looks at a preview page in a real browser. COPYDESK_URL names a running server with the demo's newsroom.
// Prints a line for each check and exits with 1 when one fails. See README.md beside this file.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { chromium } from 'playwright-core';

import { check, checkAnswers, checkKeyboard, checkPage, checkStory, open, outcome } from './checks.mjs';
import { STORY, previewOfAStory } from './newsroom.mjs';

const { env } = process;
if (!env.COPYDESK_URL) {
  console.error('COPYDESK_URL has to name a running server, such as http://127.0.0.1:8000/');
  process.exit(2);
}
const SCREENS = {
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
  desktop: { viewport: { width: 1280, height: 900 } },
};

async function shoot(page, name) {
  if (!env.SCREENSHOTS) return;
  await mkdir(env.SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(env.SCREENSHOTS, `${name}.png`), fullPage: true });
}

const preview = await previewOfAStory(
  env.COPYDESK_URL,
  env.COPYDESK_EMAIL ?? 'admin@demo.example',
  env.COPYDESK_PASSWORD ?? 'try-copydesk',
);
if (!preview.hero) console.log('–     images of our own were not looked at: this server takes no uploads yet');
check('the preview is at the site', preview.url.startsWith(env.COPYDESK_URL), preview.url);
const day = Date.parse(preview.expiresAt) - Date.now();
check('it expires in a day', Math.abs(day - 86_400_000) < 60_000, preview.expiresAt);
if (!(await checkAnswers(preview))) {
  console.log('–     no browser was opened: there is no page to look at');
  outcome();
  process.exit(1);
}

const browser = await chromium.launch({
  executablePath: env.CHROMIUM ?? '/usr/bin/chromium',
  // Without the rest, a machine with a closed network sees the browser's own requests fail.
  args: [
    '--no-sandbox',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});
try {
  for (const [screen, size] of Object.entries(SCREENS)) {
    for (const colorScheme of ['light', 'dark']) {
      const name = `${screen} ${colorScheme}`;
      const story = await open(browser, preview.url, { ...size, colorScheme });
      await checkPage(name, story);
      await checkStory(name, story.page, preview);
      await shoot(story.page, `${screen}-${colorScheme}`);
      if (screen === 'phone') await checkKeyboard(name, story.page);
      await story.page.context().close();

      const missing = await open(browser, new URL('x', preview.url).href, { ...size, colorScheme });
      await checkPage(`${name}, not there`, missing);
      await shoot(missing.page, `${screen}-${colorScheme}-missing`);
      await missing.page.context().close();
    }
  }
  const plain = await open(browser, preview.url, { ...SCREENS.desktop, javaScriptEnabled: false });
  check('without JavaScript, the headline is there', (await plain.page.textContent('h1')) === STORY.headline);
  await plain.page.emulateMedia({ media: 'print' });
  await shoot(plain.page, 'print');
} finally {
  await browser.close();
}
process.exitCode = outcome() ? 0 : 1;
