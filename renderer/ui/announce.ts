/** Reports something that shows nowhere else: visible for a short time, and read by screen readers. */
const SHOWN_MS = 2000;
let region: HTMLElement | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;

export function announce(text: string): void {
  if (!region) {
    region = document.createElement('div');
    region.className = 'announcement';
    region.setAttribute('role', 'status');
    document.body.append(region);
  }
  const here = region;
  const show = (words: string, then?: () => void, ms = 0): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      here.textContent = words;
      then?.();
    }, ms);
  };
  // Deferred: the initial content of a live region is not announced.
  show(text, () => show('', undefined, SHOWN_MS));
}
