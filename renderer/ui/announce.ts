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
  const say = (words: string, then?: () => void, ms = 0): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      here.textContent = words;
      then?.();
    }, ms);
  };
  // In a turn of its own: what is in a live region from its beginning is not read.
  say(text, () => say('', undefined, SHOWN_MS));
}
