/** Size of an element's content box, in whole device pixels and in the CSS pixels that they are. */
export interface PixelBox {
  readonly deviceWidth: number;
  readonly deviceHeight: number;
  /** `deviceWidth / ratio`: rarely a whole number if the ratio is a fraction. */
  readonly width: number;
  readonly height: number;
}

type Changed = (ratio: number, boxes: readonly PixelBox[]) => void;

/**
 * Observes in how many device pixels the compositor shows each of `elements`. A canvas whose backing store has this size
 * is shown as it is; any other size is scaled, and neighbouring pixels are blended.
 * @param changed called at once, and whenever a size or the ratio (screen, zoom) changes; boxes as in `elements`
 * @returns a function that ends it
 */
export function observePixels(elements: readonly Element[], changed: Changed): () => void {
  const boxes = elements.map(snappedBox);
  const report = (): void => changed(window.devicePixelRatio, boxes.map(withCssSize));
  const observer = new ResizeObserver((entries) => {
    for (const { target, devicePixelContentBoxSize } of entries) {
      const [size] = devicePixelContentBoxSize;
      const index = elements.indexOf(target);
      if (size && index >= 0) boxes[index] = { width: size.inlineSize, height: size.blockSize };
    }
    report();
  });
  for (const element of elements) observer.observe(element, { box: 'device-pixel-content-box' });

  // The number of device pixels may stay while the ratio changes: a window that keeps its size is zoomed.
  let media: MediaQueryList | null = null;
  const ratioChanged = (): void => {
    media?.removeEventListener('change', ratioChanged);
    media = window.matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    media.addEventListener('change', ratioChanged);
    report();
  };
  ratioChanged();
  return () => {
    observer.disconnect();
    media?.removeEventListener('change', ratioChanged);
  };
}

interface DeviceSize {
  readonly width: number;
  readonly height: number;
}

/** Until the observer reports: edges snapped to device pixels, as they are painted. */
function snappedBox(element: Element): DeviceSize {
  const { left, top, right, bottom } = element.getBoundingClientRect();
  const snap = (at: number): number => Math.round(at * window.devicePixelRatio);
  return { width: snap(right) - snap(left), height: snap(bottom) - snap(top) };
}

function withCssSize({ width, height }: DeviceSize): PixelBox {
  const ratio = window.devicePixelRatio;
  return { deviceWidth: width, deviceHeight: height, width: width / ratio, height: height / ratio };
}
