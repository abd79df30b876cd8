import { formatPage } from '#shared/memory/page.ts';
import { MIN_ADDRESS_DIGITS } from './address-digits.ts';

interface AddressProps {
  readonly page: number;
  /** Only the last digits are shown; the whole address is the tooltip, and what screen readers read. */
  readonly short?: boolean;
  /** Digits that are not dimmed, and all that there are of a short one. */
  readonly digits?: number;
}

/** The address of a page, monospaced, its front dimmed. */
export function Address({ page, short = false, digits: count = MIN_ADDRESS_DIGITS }: AddressProps) {
  const address = formatPage(page);
  const digits = address.slice(2);
  const cut = Math.max(0, digits.length - count);
  const isCut = short && cut > 0;
  return (
    <span className={isCut ? 'mono address--short' : 'mono'} {...(isCut ? { title: address } : {})}>
      <span className={isCut ? 'visually-hidden' : 'faint'}>0x{digits.slice(0, cut)}</span>
      {digits.slice(cut)}
    </span>
  );
}
