/** The map in windows from 800 × 600 to 4K, and with 64 GiB in it: nothing cut, nothing hidden. */
import { expect, test } from '../fixtures/test.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';

const SIZES = [
  [800, 600],
  [1024, 768],
  [1280, 800],
  [1920, 1080],
  [3840, 2160],
] as const;

test('parts of the map are inside the window, beside each other, at every size', async ({
  launch,
  setWindowSize,
}) => {
  const { page, app } = await launch();
  const window = new InspectorWindow(page);
  await window.start.simulate();
  await window.live();
  await window.data.moreSamples(5);
  await window.pauseSampling();
  // The line below the map says what it knows of the selected page.
  await page.keyboard.press('n');
  await expect(page.getByTestId('readout')).toContainText('written since the last clear');
  for (const [width, height] of SIZES) {
    await setWindowSize(app, width, height);
    const facts = () =>
      page.evaluate(() => {
        const names = ['.ruler', '.map__area', '.minimap', '.readout', '.legend'];
        const boxes = names.flatMap((name) => {
          const box = document.querySelector(`.map ${name}`)?.getBoundingClientRect();
          return box ? [{ name, left: box.left, top: box.top, right: box.right, bottom: box.bottom }] : [];
        });
        const overlaps = boxes.flatMap((one, i) =>
          boxes
            .slice(i + 1)
            .filter(
              (other) =>
                one.left < other.right - 0.5 &&
                other.left < one.right - 0.5 &&
                one.top < other.bottom - 0.5 &&
                other.top < one.bottom - 0.5,
            )
            .map((other) => `${one.name} and ${other.name}`),
        );
        const outside = boxes
          .filter(
            (one) =>
              one.left < -0.5 ||
              one.top < -0.5 ||
              one.right > innerWidth + 0.5 ||
              one.bottom > innerHeight + 0.5,
          )
          .map(({ name }) => name);
        const legend = document.querySelector('.legend');
        const cut = legend !== null && legend.scrollHeight > legend.clientHeight + 1 ? ['legend'] : [];
        // In it words are there whole or not at all; what is left out is below it.
        const line = document.querySelector('.readout')?.getBoundingClientRect();
        for (const part of document.querySelectorAll('.readout__rest > :not(.readout__name)')) {
          const box = part.getBoundingClientRect();
          const isShown = line !== undefined && box.top < line.bottom - 1;
          if (isShown && (part.scrollWidth > part.clientWidth || box.right > line.right + 0.5))
            cut.push(part.textContent);
        }
        const area = document.querySelector('.map__area');
        const picture = globalThis.window.inspectorDebug.picture();
        return {
          overlaps,
          outside,
          cut,
          wide: (area?.clientWidth ?? 0) >= 200,
          high: (area?.clientHeight ?? 0) >= 100,
          fits: picture !== null && picture.height === area?.clientHeight,
        };
      });
    await expect
      .poll(facts, { message: `${width} × ${height}` })
      .toEqual({ overlaps: [], outside: [], cut: [], wide: true, high: true, fits: true });
    const written = await window.data.written();
    const [seen] = await window.data.inView(written);
    expect(seen).toBeDefined();
    expect(await window.data.pixel(seen ?? 0)).not.toBeNull();
  }
});

test('64 GiB: one page that is written among 16 million has its pixel', async ({ launch }) => {
  const { page } = await launch();
  const window = new InspectorWindow(page);
  await expect(
    window.start.card('Simulated program').getByRole('button', { name: 'Simulate' }),
  ).toBeEnabled();
  await page.evaluate(() =>
    globalThis.window.inspectorDebug.call('source.open', {
      kind: 'simulated',
      workload: 'fork-save',
      parameters: { dataset: 65_536, interval: 10_000, writes: 1 },
      seed: 2,
    }),
  );
  await window.live();
  const dataset = await window.data.vma('dataset');
  expect(dataset.end - dataset.start).toBe(2 ** 24);
  await window.pauseSampling();
  await window.operations.clearRefs();
  await window.data.shows([], 0, Infinity, 'left after clear_refs');
  const quiet = await window.data.pixel(dataset.start + 2 ** 23);
  await window.step();
  const written = await window.data.written(dataset.start, dataset.end);
  expect(written.length).toBe(1);
  const [one = 0] = written;
  await page.keyboard.press('0');
  await expect.poll(() => window.data.pixel(one)).not.toBeNull();
  expect(await window.data.pixel(one)).not.toEqual(quiet);
  // Nothing else in the picture has a similar colour.
  const far = one - dataset.start > 2 ** 23 ? dataset.start + 2 ** 21 : dataset.end - 2 ** 21;
  expect(await window.data.pixel(far)).toEqual(quiet);
});
