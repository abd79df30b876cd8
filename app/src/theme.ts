/** The window's colour before its page has painted: the page's own background, which avoids a flash. */
import { nativeTheme } from 'electron';

const BACKGROUND = { dark: '#131416', light: '#fafafb' } as const;

export function backgroundColor(): string {
  return nativeTheme.shouldUseDarkColors ? BACKGROUND.dark : BACKGROUND.light;
}
