/** For how long the start page of index.html may delay the scripts, in ms: a hidden window may never paint. */
const PAINTED_WITHIN_MS = 200;

// The window's scripts run once the start page is painted; they are read meanwhile.
requestAnimationFrame(() => setTimeout(load));
const timer = setTimeout(load, PAINTED_WITHIN_MS);

function load(): void {
  clearTimeout(timer);
  void import('./main.tsx');
}

export {};
