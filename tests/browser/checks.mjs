// What holds for a preview, as its readers' browsers see it.

import axe from 'axe-core';

import { STORY } from './newsroom.mjs';

let passed = 0;
let failed = 0;

/** One check; `seen` is what is told when it does not hold. */
export function check(what, holds, seen) {
  if (holds) passed += 1;
  else failed += 1;
  const more = holds || seen === undefined ? '' : `: ${typeof seen === 'string' ? seen : JSON.stringify(seen)}`;
  console.log(`${holds ? 'ok  ' : 'FAIL'}  ${what}${more}`);
}

/** Whether all is well. */
export function outcome() {
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0;
}

const HEADERS = {
  'content-type': /^text\/html; charset=utf-8$/,
  'cache-control': /^no-store$/,
  'x-robots-tag': /\bnoindex\b/,
  'referrer-policy': /^no-referrer$/,
  'x-content-type-options': /^nosniff$/,
  'content-security-policy': new RegExp(
    "^default-src 'none'; style-src 'sha256-[^' ]+'; img-src 'self'; " +
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'$",
  ),
};

async function answer(url) {
  const response = await fetch(url, { redirect: 'manual' });
  return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
}

/** What the server answers, right tokens and wrong ones. Tells whether there is a page to look at. */
export async function checkAnswers(preview) {
  const found = await answer(preview.url);
  check('the page answers 200', found.status === 200, found.status);
  for (const [name, right] of Object.entries(HEADERS)) {
    check(`its ${name} is right`, right.test(found.headers[name] ?? ''), found.headers[name] ?? 'missing');
  }
  check('it sets no cookie', !('set-cookie' in found.headers));
  check('it asks search engines to stay away', found.body.includes('<meta name="robots" content="noindex'));
  const size = Buffer.byteLength(found.body);
  check(`it is small: ${size} bytes with its style`, size < 24_000);

  const last = preview.token.at(-1);
  const tokens = [preview.token.slice(0, -1) + (last === 'a' ? 'b' : 'a'), 'x', '%F0%9F%8C%8A', 'a'.repeat(2000)];
  const wrong = await Promise.all(tokens.map((token) => answer(new URL(token, preview.url))));
  const told = ({ status, body, headers: { date, 'x-request-id': id, ...headers } }) =>
    JSON.stringify({ status, headers, body });
  const [first] = wrong;
  check('a wrong token answers 404', first.status === 404, first.status);
  check('it says what to do', /is not there \(any more\)[^]*Ask your desk for a new link/.test(first.body), first.body);
  check('every wrong token answers alike', wrong.every((one) => told(one) === told(first)), wrong.map(told));
  for (const name of Object.keys(HEADERS)) {
    check(`its ${name} is that of a right one`, first.headers[name] === found.headers[name], first.headers[name]);
  }
  return found.status === 200;
}

/** Opens an address, and keeps what goes wrong and which hosts are asked. */
export async function open(browser, url, options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const log = { errors: [], failures: [], hosts: new Set() };
  page.on('console', (message) => {
    const about = message.location().url;
    // A page that is not there says so by its status; whether the site has an icon is another's to say.
    const isStatus = /status of 404/.test(message.text()) && (about === url || about.endsWith('/favicon.ico'));
    if (['error', 'warning'].includes(message.type()) && !isStatus) log.errors.push(`${message.text()} ${about}`);
  });
  page.on('pageerror', (error) => log.errors.push(error.message));
  page.on('request', (request) => log.hosts.add(new URL(request.url()).host));
  page.on('requestfailed', (request) => log.failures.push(`${request.url()} ${request.failure()?.errorText}`));
  page.on('response', (response) => {
    if (response.status() >= 400 && response.url() !== url) log.failures.push(`${response.url()} ${response.status()}`);
  });
  await page.goto(url, { waitUntil: 'networkidle' });
  return { page, log, url };
}

/** What holds for every page on every screen. */
export async function checkPage(name, { page, log, url }) {
  check(`${name}: the console has no errors`, log.errors.length === 0, log.errors);
  check(`${name}: no request fails`, log.failures.length === 0, log.failures);
  check(`${name}: no other host is asked`, [...log.hosts].join() === new URL(url).host, [...log.hosts]);
  const wide = await page.evaluate(() => {
    const { clientWidth, scrollWidth } = document.scrollingElement;
    const beyond = [...document.querySelectorAll('body *')].filter((element) => {
      const { left, right, width } = element.getBoundingClientRect();
      return width > 0 && (right > clientWidth + 1 || left < -1) && !element.closest('pre, .wide');
    });
    return scrollWidth > clientWidth ? ['the page', scrollWidth] : beyond.map((element) => element.outerHTML.slice(0, 99));
  });
  check(`${name}: nothing is wider than the screen`, wide.length === 0, wide);

  await page.evaluate(axe.source);
  const { passes, violations, incomplete } = await page.evaluate(() =>
    window.axe.run(document, {
      rules: { 'color-contrast-enhanced': { enabled: true }, 'target-size': { enabled: true } },
    }),
  );
  // A phone shows part of a wide table only; the desktop shows, and axe judges, all of it.
  const doubts = incomplete.filter(({ nodes }) => nodes.some((node) => !/^<t[dh]\b/.test(node.html)));
  const tell = (rules) => rules.map(({ id, nodes }) => [id, ...nodes.map((node) => node.html.slice(0, 99))].join(' '));
  check(`${name}: axe finds no violation, and ${passes.length} rules pass`, violations.length === 0, tell(violations));
  check(`${name}: axe is in no doubt`, doubts.length === 0, tell(doubts));
}

/** What the story's page shows. */
export async function checkStory(name, page, preview) {
  const all = (selector) => page.locator(selector).allTextContents();
  const is = async (what, selector, ...texts) => {
    const seen = await all(selector);
    check(`${name}: ${what}`, JSON.stringify(seen) === JSON.stringify(texts), seen);
  };
  const says = async (what, selector, text) => {
    const seen = (await all(selector)).join(' ');
    check(`${name}: ${what}`, seen.includes(text) && (await page.locator(selector).first().isVisible()), seen);
  };
  await is('the headline is the only h1', 'h1', STORY.headline);
  await says('it says that it is a preview', 'header .notice', 'Preview – not published. Anyone with this link');
  await is('the dek is shown', '.dek', STORY.dek);
  await is('the section is shown', 'p.section', preview.section);
  await is('the byline leads to the profile', `.byline a[href="${preview.author.url}"]`, STORY.author.name);
  await says('the reading time is told', '.facts', 'min read');
  await says('the correction is told', '.corrections li', `(edition 2): ${STORY.correction}`);
  await is('its kind is told', '.corrections li strong', 'Correction');
  await is('tags are as typed', '.tags li', ...STORY.tags);
  await says('the author is told about', '.about .bio', 'Ana keeps a tide table in every coat.');
  await is('with a title', '.about .role', STORY.author.title);
  // After ours may come suggestions.
  await is('related links are named', '.related li:nth-child(-n + 3) a', ...preview.related);
  await is('their kinds are told', '.related li:nth-child(-n + 3) .kind', 'Follow-up', 'Background', 'Related');
  await says('a related link has its note', '.related li p', STORY.external.note);
  await says('a picture elsewhere is named', 'figure .elsewhere', 'Image: Lanterns on the "old" pier <at night>');
  await is('and led to', `figure .elsewhere a[href="${STORY.picture}"]`, 'Open the image at cdn.example.com');
  await is('a video is led to', `.elsewhere a[href="${STORY.video}"]`, 'Open the page at youtube.com');
  if (preview.hero) await is('the hero image has its credit', '.hero .credit', STORY.hero.credit);
  check(`${name}: each time is in words and for machines`, await page.locator('time').evaluateAll((times) =>
    times.length >= 3 && times.every(({ dateTime, textContent }) =>
      !Number.isNaN(Date.parse(dateTime)) && /^\d+ [A-Z][a-z]+ \d{4}(, \d\d:\d\d UTC)?$/.test(textContent))));
  check(`${name}: the disclosure is shown before the link that it is about`, await page.evaluate((href) => {
    const link = document.querySelector(`a[href="${href}"]`);
    const disclosure = document.querySelector('.affiliate-disclosure');
    if (!link || !disclosure) return false;
    const follows = disclosure.compareDocumentPosition(link) & Node.DOCUMENT_POSITION_FOLLOWING;
    return follows && disclosure.checkVisibility() && link.relList.contains('sponsored');
  }, STORY.affiliate));
  const active = await page.evaluate(() => {
    const handled = [...document.querySelectorAll('*')].filter((element) =>
      [...element.attributes].some(({ name: key }) => key.startsWith('on')));
    return [...document.querySelectorAll('script, iframe, object, embed, video, audio, link, form'), ...handled].length;
  });
  check(`${name}: nothing on it runs, plays or loads`, active === 0, active);
  check(`${name}: every picture is the site's and shown`, await page.locator('img').evaluateAll((pictures) =>
    pictures.every(({ src, naturalWidth }) => new URL(src).origin === location.origin && naturalWidth > 0)));
  const levels = await page.locator('h1, h2, h3, h4, h5, h6').evaluateAll((headings) =>
    headings.map((heading) => Number(heading.localName[1])));
  const inOrder = levels.every((level, at) => (at === 0 ? level === 1 : level > 1 && level <= levels[at - 1] + 1));
  check(`${name}: headings are in order`, inOrder, levels);
  const ids = await page.locator('[id]').evaluateAll((elements) => elements.map(({ id }) => id));
  check(`${name}: no id stands twice`, new Set(ids).size === ids.length, ids);
}

/** What somebody without a mouse gets to. */
export async function checkKeyboard(name, page) {
  await page.keyboard.press('Tab');
  check(`${name}: the first stop skips to the article`, await page.locator('.skip').evaluate((link) =>
    link === document.activeElement && link.getBoundingClientRect().top >= 0));
  await page.keyboard.press('Enter');
  check(`${name}: which it does`, await page.evaluate(() => document.activeElement.localName === 'main'));
  for (const region of ['.wide', 'pre']) {
    const box = page.locator(region).first();
    await box.focus();
    await page.keyboard.press('ArrowRight');
    const moved = box.evaluate((element) => new Promise((resolve) => {
      const since = performance.now();
      const look = () => (element.scrollLeft > 0 || performance.now() - since > 3000
        ? resolve(element.scrollLeft > 0) : requestAnimationFrame(look));
      look();
    }));
    check(`${name}: what is too wide in ${region} is reached by arrow keys`, await moved);
  }
}
