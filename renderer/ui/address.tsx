import { formatPage } from '#shared/memory/page.ts';

/** Digits at the end that tell neighbours apart: 256 MiB. */
const STRONG_DIGITS = 7;

/** The address of a page, monospaced, its front dimmed. */
export function Address({ page }: { readonly page: number }) {
  const digits = formatPage(page).slice(2);
  const cut = Math.max(0, digits.length - STRONG_DIGITS);
  return (
    <span className="mono">
      <span className="faint">0x{digits.slice(0, cut)}</span>
      {digits.slice(cut)}
    </span>
  );
}
