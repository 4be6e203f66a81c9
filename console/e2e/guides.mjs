// The guides show the console as it is: each of their pictures is taken anew and compared. Roughly, because the demo goes on: of
// the same size, and alike in where things stand on the screen itself, because what is around it is the same on all. A console
// that is broken, or looks otherwise, is neither; then `cargo xtask generate screenshots` takes them anew. Started by a test of the midplane crate.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { claim, expect, signedIn, withBrowser } from './browser.mjs';
import { PICTURES, SIZE, takeAll } from './pictures.mjs';

const KEPT = join(dirname(fileURLToPath(import.meta.url)), '../../docs/guides/images');
/**
 * Of 1. Fresh demos had 0.87 to 1.00; two screens have 0.44 at most (two tabs of one integration 0.71), and a strip of figures that
 * wraps to a second line leaves 0.27. A demo in which somebody repaired and sent something is another, and so is its picture.
 */
const ALIKE = 0.75;
const fresh = mkdtempSync(join(tmpdir(), 'midplane-pictures-'));
const midplane = (...words) => execFileSync(process.env.MIDPLANE ?? 'midplane', words, { encoding: 'utf8' });
const link = JSON.parse(midplane('login', '-o', 'json')).url;
const base64 = (folder, name) => readFileSync(join(folder, `${name}.png`)).toString('base64');

await withBrowser(async (browser) => {
  const session = await signedIn(browser, link, { viewport: SIZE, colorScheme: 'light' });
  await claim('every picture of the guides can be taken', session, (page) =>
    takeAll(page, new URL(link).origin, fresh),
  );
  const { x, y } = await session.page.locator('.pf-v6-c-page__main-container').boundingBox();
  // Of no address, so that the policy of ours does not hold there.
  const bench = await browser.newPage();
  for (const [name] of PICTURES) {
    await claim(`the picture ${name} is like the screen`, session, async () => {
      expect(existsSync(join(KEPT, `${name}.png`)), 'it is not there: cargo xtask generate screenshots');
      expect(existsSync(join(fresh, `${name}.png`)), 'it could not be taken anew');
      const found = await bench.evaluate(compare, [[base64(KEPT, name), base64(fresh, name)], { x, y }]);
      expect(found.isSameSize, `it is ${found.left}, the screen ${found.right}`);
      console.log(`     ${name} ${found.alike.toFixed(2)}`);
      expect(
        found.alike >= ALIKE,
        `alike to ${found.alike.toFixed(2)} of 1, ${ALIKE} is asked for; the new one: ${join(fresh, `${name}.png`)}`,
      );
    });
  }
});

/** In a page: how alike two pictures are from a point on, by the structure of their brightness in cells of 8 pixels (SSIM). */
async function compare([pictures, from]) {
  const cells = [];
  const sizes = [];
  for (const picture of pictures) {
    const image = new Image();
    image.src = `data:image/png;base64,${picture}`;
    await image.decode();
    sizes.push(`${image.width}x${image.height}`);
    const [wide, high] = [image.width - from.x, image.height - from.y];
    const [width, height] = [Math.ceil(wide / 8), Math.ceil(high / 8)];
    const canvas = new OffscreenCanvas(width, height);
    const drawing = canvas.getContext('2d');
    drawing.imageSmoothingQuality = 'high';
    drawing.drawImage(image, from.x, from.y, wide, high, 0, 0, width, height);
    const { data } = drawing.getImageData(0, 0, width, height);
    cells.push(
      Array.from({ length: width * height }, (_, at) => (data[at * 4] + data[at * 4 + 1] + data[at * 4 + 2]) / 3),
    );
  }
  const [left, right] = cells;
  const mean = (all) => all.reduce((sum, one) => sum + one, 0) / all.length;
  const [a, b] = [mean(left), mean(right)];
  const of = (f) => mean(left.map((_, at) => f(left[at] - a, right[at] - b)));
  const [varianceLeft, varianceRight, both] = [of((x) => x * x), of((_, y) => y * y), of((x, y) => x * y)];
  const [c1, c2] = [(0.01 * 255) ** 2, (0.03 * 255) ** 2];
  const alike = ((2 * a * b + c1) * (2 * both + c2)) / ((a * a + b * b + c1) * (varianceLeft + varianceRight + c2));
  return { isSameSize: sizes[0] === sizes[1], left: sizes[0], right: sizes[1], alike };
}
