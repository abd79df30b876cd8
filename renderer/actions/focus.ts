/** Panels in reading order: the lesson, every labelled section of the workbench, and the start view. */
const PANELS = 'section[aria-label="Lesson"], main section[aria-label], main[aria-label]';
const FOCUSABLE = '[tabindex="0"], button:not([disabled]), input:not([disabled]), [role="tab"][tabindex="0"]';

/** Moves the focus into the panel after (1) or before (-1) the one that has it; at the end it begins again. */
export function focusNextPanel(direction: 1 | -1): void {
  const panels = [...document.querySelectorAll<HTMLElement>(PANELS)].filter(
    (panel) => panel.querySelector(FOCUSABLE) !== null,
  );
  const here = panels.findIndex((panel) => panel.contains(document.activeElement));
  const next = here < 0 && direction < 0 ? panels.length - 1 : here + direction;
  const panel = panels[(next + panels.length) % panels.length];
  // What a panel is about before its controls: the grid, the canvas.
  const main = panel?.querySelector<HTMLElement>('[role="grid"][tabindex="0"]');
  (main ?? panel?.querySelector<HTMLElement>(FOCUSABLE))?.focus();
}
