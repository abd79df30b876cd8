import { formatPage } from '#shared/memory/page.ts';

/** Digits at the end that differ between neighbours: 256 MiB. */
const STRONG_DIGITS = 7;

interface AddressProps {
  readonly page: number;
  /** Only the last digits are shown; the whole address is the tooltip, and what screen readers read. */
  readonly short?: boolean;
}

/** The address of a page, monospaced, its front dimmed. */
export function Address({ page, short = false }: AddressProps) {
  const address = formatPage(page);
  const digits = address.slice(2);
  const cut = Math.max(0, digits.length - STRONG_DIGITS);
  const isCut = short && cut > 0;
  return (
    <span className={isCut ? 'mono address--short' : 'mono'} {...(isCut ? { title: address } : {})}>
      <span className={isCut ? 'visually-hidden' : 'faint'}>0x{digits.slice(0, cut)}</span>
      {digits.slice(cut)}
    </span>
  );
}
