/**
 * Keeps the focus in the window: where what had it is removed, hidden or disabled, the nearest part around it that is
 * still there takes it, so that the next Tab continues from there and no key is lost.
 * @param fallback takes the focus if nothing around is left
 * @returns a function that ends it
 */
export function guardFocus(fallback: HTMLElement): () => void {
  const { ownerDocument: page } = fallback;
  let around: readonly HTMLElement[] = [];
  let scheduled = 0;
  const isLost = (): boolean => page.activeElement === null || page.activeElement === page.body;
  const check = (): void => {
    scheduled = 0;
    if (!isLost()) return;
    (around.find(takesFocus) ?? fallback).focus({ preventScroll: true });
  };
  // Dialogs that close give the focus back in the next frame: only what is lost after that is.
  const schedule = (): void => {
    if (scheduled !== 0 || !isLost()) return;
    scheduled = requestAnimationFrame(() => (scheduled = requestAnimationFrame(check)));
  };
  const remember = ({ target }: FocusEvent): void => {
    const found: HTMLElement[] = [];
    for (let at = target instanceof HTMLElement ? target.parentElement : null; at; at = at.parentElement) {
      found.push(at);
    }
    around = found;
  };
  const observer = new MutationObserver(schedule);
  observer.observe(page.body, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: ['disabled', 'hidden', 'inert'],
  });
  page.addEventListener('focusin', remember);
  page.addEventListener('focusout', schedule);
  schedule();
  return () => {
    cancelAnimationFrame(scheduled);
    observer.disconnect();
    page.removeEventListener('focusin', remember);
    page.removeEventListener('focusout', schedule);
  };
}

const takesFocus = (element: HTMLElement): boolean =>
  element.isConnected && element.hasAttribute('tabindex') && element.closest('[hidden], [inert]') === null;
