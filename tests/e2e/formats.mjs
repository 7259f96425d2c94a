// SPDX-License-Identifier: Apache-2.0
// formats.mjs PAGE PICTURES ARTICLES: opens the HTML report in Chromium at the width of
// a telephone and of a desk, light and dark: nothing is fetched, nothing runs
// off the side, no script is in it, it has so many articles, and axe-core finds nothing. The pictures
// are left as PICTURES-WIDTH-COLOUR.png for a person to look at.
import fs from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(`${process.env.HARDEN_NODE_MODULES}/`);
const { chromium } = require('playwright-core');
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const [page_path, pictures, articles] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
let failed = 0;
for (const [width, colorScheme] of [[390, 'light'], [390, 'dark'], [1280, 'light'], [1280, 'dark']]) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
  const page = await context.newPage();
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(`file://${page_path}`);
  const seen = await page.evaluate(() => ({
    beside: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    scripts: document.scripts.length,
    articles: document.querySelectorAll('article').length,
  }));
  await page.screenshot({ path: `${pictures}-${width}-${colorScheme}.png`, fullPage: true });
  await page.evaluate(axe);
  const violations = await page.evaluate(async () => (await axe.run()).violations.map((one) =>
    `${one.id} (${one.nodes.length}): ${one.nodes[0].failureSummary}`));
  const good = asked.length === 1 && seen.beside === 0 && seen.scripts === 0 && seen.articles === Number(articles)
    && violations.length === 0;
  if (!good) failed += 1;
  console.log(`${width} ${colorScheme}: ${good ? 'good' : JSON.stringify({ asked, seen, violations })}`);
  await context.close();
}
await browser.close();
process.exit(failed ? 1 : 0);
