// look.mjs PAGE.html [FOLDER]: opens a report in headless Chromium at a desk's, a phone's and a page's width, uses its controls,
// and fails where a script complains, a request leaves the page, or a chart is missing. With FOLDER leaves screenshots.
import {mkdtempSync} from "node:fs";
import {tmpdir} from "node:os";
import {join, resolve} from "node:path";
import {pathToFileURL} from "node:url";
import {chromium} from "playwright-core";

const [page_path, folder] = process.argv.slice(2);
if (!page_path) throw new Error("usage: node look.mjs PAGE.html [FOLDER]");
const url = pathToFileURL(resolve(page_path)).href;
const complaints = [];
const expect = (truth, what) => { if (!truth) complaints.push(what); };

const context = await chromium.launchPersistentContext(mkdtempSync(join(tmpdir(), "woodbury-report-")), {
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  headless: true,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});
try {
  for (const [name, width, height, colorScheme] of [["desk", 1200, 900, "light"], ["phone", 390, 844, "dark"]]) {
    const page = await context.newPage();
    await page.setViewportSize({width, height});
    await page.emulateMedia({colorScheme});
    page.on("console", (message) => { if (["error", "warning"].includes(message.type())) complaints.push(`${name}: ${message.text()}`); });
    page.on("pageerror", (error) => complaints.push(`${name}: ${error.message}`));
    page.on("request", (request) => { if (!request.url().startsWith("file:") && !request.url().startsWith("data:")) complaints.push(`${name}: asks for ${request.url()}`); });
    await page.goto(url);
    await page.waitForSelector("#plan");
    const seen = await page.evaluate(() => {
      const figures = [...document.querySelectorAll("figure")];
      return {
        sections: [...document.querySelectorAll("h2")].map((h) => h.textContent),
        figures: figures.length,
        empty: figures.filter((f) => !f.querySelector("svg [d], svg rect, svg circle")).length,
        unnamed: [...document.querySelectorAll("figure svg")].filter((s) => !s.getAttribute("aria-label") && !s.closest("[aria-label]")).length,
        broken: document.querySelector("main").innerHTML.match(/\b(NaN|undefined)\b/g)?.length || 0,
        wide: document.documentElement.scrollWidth > document.documentElement.clientWidth + 1,
        ids: document.querySelectorAll("nav a").length,
      };
    });
    expect(seen.figures > 0, `${name}: no figure`);
    expect(seen.empty === 0, `${name}: ${seen.empty} figures without a mark`);
    expect(seen.unnamed === 0, `${name}: ${seen.unnamed} charts that a screen reader cannot name`);
    expect(seen.broken === 0, `${name}: ${seen.broken} times NaN or undefined`);
    expect(!seen.wide, `${name}: the page scrolls sideways`);
    expect(seen.ids === seen.sections.length, `${name}: the contents do not name every section`);
    // The parameter's chart changes with the choice, by keyboard alone.
    const choice = page.locator("#trace");
    if (await choice.count() && await choice.locator("option").count() > 1) {
      const before = await page.locator("#diagnostics ~ .figures svg").first().getAttribute("aria-label");
      await choice.focus();
      await page.keyboard.press("ArrowDown");
      const after = await page.locator("#diagnostics ~ .figures svg").first().getAttribute("aria-label");
      expect(before !== after, `${name}: choosing another parameter changes no chart`);
    }
    // Pointing at a caterpillar shows a level's numbers; the order can be changed.
    const effects = page.locator("#groups ~ figure svg").first();
    if (await effects.count()) {
      await effects.scrollIntoViewIfNeeded();
      const box = await effects.boundingBox();
      await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
      await page.waitForTimeout(100);
      expect(await page.locator("#groups ~ figure [aria-label=tip] text").count() > 0, `${name}: pointing shows no numbers`);
      const order = page.locator("#groups ~ figure select").first();
      const labels = () => page.locator("#groups ~ figure svg").first().innerHTML();
      const before = await labels();
      await order.selectOption("level");
      expect(before !== await labels(), `${name}: another order draws the same chart`);
      await order.selectOption("estimate");
    }
    if (folder) await page.screenshot({path: join(folder, `${name}.png`), fullPage: true});
    console.log(`${name}: ${seen.sections.length} sections, ${seen.figures} figures`);
    await page.close();
  }
  const page = await context.newPage();
  await page.goto(url);
  await page.emulateMedia({media: "print"});
  expect(await page.locator("nav").isHidden(), "print: the navigation is printed");
  if (folder) await page.pdf({path: join(folder, "print.pdf"), format: "A4"});
} finally {
  await context.close();
}
for (const each of complaints) console.error(each);
process.exit(complaints.length ? 1 : 0);
